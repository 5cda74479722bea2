import type { MessagePort } from "node:worker_threads";
import type { ComponentExports } from "../component/analyse.js";
import type { Limits } from "../limits.js";
import type { HostRetryPolicy, OplogIndex, TypedValue } from "../oplog/entries.js";
import type { Signal } from "./channel.js";
import type { GuestContext } from "./context.js";

/** What a thread is started with. */
export interface ThreadData {
  port: MessagePort;
  signal: Signal;
  /** The virtual time, if there is one. */
  time?: BigInt64Array<SharedArrayBuffer>;
  /** Nanoseconds to add to the process's clock for the time since 1970. */
  offset: bigint;
}

/** A component's script, which a thread can read before its core modules are compiled. */
export interface ScriptMessage {
  dir: string;
  script: Uint8Array<SharedArrayBuffer>;
}

/** Which component a thread is to be ready for. */
export interface PrepareMessage extends ScriptMessage {
  modules: Map<string, WebAssembly.Module>;
}

export interface LoadMessage extends PrepareMessage {
  worker: GuestContext["worker"];
  exports: ComponentExports;
  /** Batches of entries, serialized. */
  log: Uint8Array[];
  defaultPolicy: HostRetryPolicy;
  /** With the faults of Golem 1.2.0. */
  faults: boolean;
  /** The version is tried: told as soon as the record has been replayed on it. */
  updating: boolean;
  limits: Limits;
}

/** An invocation that has returned, and where its result is on record. */
export interface Completed {
  key: string;
  response: TypedValue | null;
  index: OplogIndex;
}

/** How a run in the thread ended. */
export type Outcome =
  /** Replayed or invoked; the instance waits for the next invocation. */
  | { kind: "ready"; completed?: Completed | undefined }
  | {
      kind: "trapped";
      key: string;
      error: string;
      /** Written in this execution. */
      stderr: string;
      /** Golem does not retry it whatever the policy says. */
      final: boolean;
      policy: HostRetryPolicy | undefined;
      /** Failures on record before this one. */
      tries: number;
    }
  | { kind: "interrupted"; how: "interrupt" | "restart" | "jump"; key: string }
  | { kind: "suspended"; until: bigint | undefined; key: string }
  | { kind: "exited"; key: string };
