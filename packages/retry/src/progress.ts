import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { get, delete as remove, set } from "wasi:keyvalue/eventual@0.1.0";
import { Bucket, OutgoingValue } from "wasi:keyvalue/types@0.1.0";
import type { PreviousError } from "./errors.js";

/** What the next execution of a step must know. */
export interface Progress {
  /** Failed executions so far. */
  readonly attempt: number;
  /** Milliseconds since 1970 before which the next one must not begin. */
  readonly due: number;
  readonly previousError: PreviousError;
}

/**
 * Where a step keeps its progress: the key-value store, for it is not rolled back when Golem executes a region again, and what is
 * read from it is on record.
 */
export interface ProgressStore {
  /** Names component, worker and region. */
  readonly key: string;
  read(): Progress | undefined;
  write(progress: Progress): void;
  remove(): void;
}

/** The environment is on record; the metadata of a worker are not, and may differ in a replay. */
function workerKey(): string {
  const environment = new Map(getEnvironment());
  const name = (variable: string) => encodeURIComponent(environment.get(variable) ?? "");
  return `${name("GOLEM_COMPONENT_ID")}/${name("GOLEM_WORKER_NAME")}`;
}

/**
 * The progress of the step whose region begins at an oplog index.
 * @param step a random number of this step: progress left behind by a deleted worker of the same name has another
 */
export function progressOf(begin: bigint, step: number): ProgressStore {
  const key = `${workerKey()}/${begin}`;
  const bucket = Bucket.openBucket("golem-retry");
  return {
    key,
    read() {
      const value = get(bucket, key);
      if (value === undefined) return undefined;
      const text = new TextDecoder().decode(new Uint8Array(value.incomingValueConsumeSync()));
      const { step: owner, ...progress } = JSON.parse(text) as Progress & { step: number };
      return owner === step ? progress : undefined;
    },
    write(progress) {
      const value = OutgoingValue.newOutgoingValue();
      value.outgoingValueWriteBodySync(new TextEncoder().encode(JSON.stringify({ ...progress, step })));
      set(bucket, key, value);
    },
    remove: () => remove(bucket, key),
  };
}
