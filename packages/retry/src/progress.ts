import { oplogCommit } from "golem:api/host@1.1.0";
import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { get, delete as remove, set } from "wasi:keyvalue/eventual@0.1.0";
import { Bucket, OutgoingValue } from "wasi:keyvalue/types@0.1.0";
import { errorMessage, type PreviousError } from "./errors.js";
import type { Stored } from "./stored-error.js";
import { fail, trap } from "./trap.js";

/** What the next execution must know. */
export interface Progress {
  /** Failed executions so far. */
  readonly attempt: number;
  /** Milliseconds since 1970: before the first execution. */
  readonly started: number;
  /** Milliseconds since 1970 before which the next one must not begin. */
  readonly due: number;
  /** The same from the failure on, in milliseconds: the most that is slept, should the clock be set back. */
  readonly wait: number;
  readonly previousError?: PreviousError;
  /** There is no next one: what the caller gets, what the log says, and where the error was made. */
  readonly failed?: { readonly error?: Stored; readonly story: string; readonly stack?: string };
  /** Milliseconds since 1970: when this execution of a region began, once a loop inside has had it executed again. */
  readonly begun?: number;
  /** Of the loops inside a region, in the order in which they begin. */
  readonly inside?: { readonly [number: number]: Progress };
}

/** Before any failure. */
export const none: Progress = { attempt: 0, started: 0, due: 0, wait: 0 };

/** Where progress outlives an execution. */
export interface ProgressStore {
  /** Names component, worker, and place in the oplog. */
  readonly key: string;
  /** @throws Error if the store fails, or holds what no step has written */
  read(): Progress | undefined;
  /** Fails the worker if the store fails: the next execution would count from where this one did, without an end. */
  write(progress: Progress): void;
  /** Removes what was read or written. What stays when the store fails harms nobody. */
  remove(): void;
}

/** The environment is on record; the metadata of a worker are not, and may differ in a replay. */
function workerKey(): string {
  const environment = new Map(getEnvironment());
  const name = (variable: string) => encodeURIComponent(environment.get(variable) ?? "");
  return `${name("GOLEM_COMPONENT_ID")}/${name("GOLEM_WORKER_NAME")}`;
}

/** What StarlingMonkey throws. */
const outOfMemory = "out of memory";

/** The host's own errors say more in their trace than in their message. */
function reason(error: unknown): string {
  try {
    return String((error as { payload: { trace(): unknown } }).payload.trace());
  } catch {
    return errorMessage(error);
  }
}

/**
 * The progress of what begins at an oplog index. It is in wasi:keyvalue, which is not rolled back when Golem executes something again, and
 * what is read from it is on record.
 * @param step a random number of this step: progress left behind by a deleted worker of the same name has another
 */
export function progressOf(begin: bigint, step: number): ProgressStore {
  const key = `${workerKey()}/${begin}`;
  const bucket = () => Bucket.openBucket("golem-retry");
  const failed = (what: string, error: unknown) =>
    `golem-retry: wasi:keyvalue failed to ${what} the progress ${key}: ${reason(error)}`;
  let holds = false;
  return {
    key,
    read() {
      try {
        const value = get(bucket(), key);
        if (value === undefined) return undefined;
        const text = new TextDecoder().decode(new Uint8Array(value.incomingValueConsumeSync()));
        const { step: owner, ...progress } = JSON.parse(text) as Progress & { step: number };
        holds = owner === step;
        return holds ? progress : undefined;
      } catch (error) {
        throw new Error(
          `${failed("read", error)}. Nobody knows how many executions have failed, so this was the last one. Call again when the store works.`,
        );
      }
    },
    write(progress) {
      try {
        const value = OutgoingValue.newOutgoingValue();
        value.outgoingValueWriteBodySync(new TextEncoder().encode(JSON.stringify({ ...progress, step })));
        set(bucket(), key, value);
        holds = true;
      } catch (error) {
        const { failed: over, previousError = { name: "Error", message: "" } } = progress;
        const { name, message } = previousError;
        if (message === outOfMemory) trap(message); // the next instance has memory to write with
        const last = over?.story ?? `execution ${progress.attempt} failed: ${name}: ${message}`;
        fail(`${last}; ${failed("write", error)}. Without it the executions have no end, so the worker fails.`);
      }
    },
    remove() {
      if (!holds) return;
      oplogCommit(1); // first what says that it is over: a crash between the two would begin again
      try {
        remove(bucket(), key);
        holds = false;
      } catch (error) {
        console.error(`${failed("delete", error)}. It stays there, and is never read again.`);
      }
    },
  };
}
