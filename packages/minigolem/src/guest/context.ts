import type { HazardKind } from "../hazards.js";
import type { Limits } from "../limits.js";
import type { Channel } from "./channel.js";
import type { Journal } from "./journal.js";

/** The engine's time, as a guest thread reads it: real, or virtual and the same for all of an engine. */
export interface GuestClock {
  /** Nanoseconds since 1970. */
  wall(): bigint;
  /** Nanoseconds; goes on over a restart of the engine, so that a deadline on record keeps its meaning. */
  monotonic(): bigint;
}

/** What the host functions of one instance work with. A new instance gets a new one. */
export interface GuestContext {
  readonly journal: Journal;
  readonly channel: Channel;
  readonly clock: GuestClock;
  readonly limits: Limits;
  readonly worker: {
    readonly componentId: string;
    readonly workerName: string;
    readonly componentVersion: number;
    /** It is never recovered. */
    readonly ephemeral: boolean;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    /** Folder of this worker's own files on the host, made when first used. */
    readonly files: string;
  };
  /** Tells apart what was asked for by an instance that is gone. */
  readonly instance: number;
  /** W3C trace id of the invocation that runs. */
  traceId(): string;
  /** Notes what the component writes to stderr, in replay too: the caller of a failed invocation gets it. */
  stderr(text: string): void;
  /** Reports what works here and hurts on a Golem server. */
  hazard(kind: HazardKind): void;
}

/** Interfaces by unversioned name (`wasi:io/poll`), as `jco transpile -I sync` asks for them. */
export type Imports = Record<string, Record<string, unknown>>;
