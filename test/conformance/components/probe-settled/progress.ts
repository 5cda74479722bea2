import { get, delete as remove, set } from "wasi:keyvalue/eventual@0.1.0";
import { Bucket, OutgoingValue } from "wasi:keyvalue/types@0.1.0";

/** What outlives the executions of a step: how many failed, when the next is due, and, once there is no next, how it ended. */
export interface Progress {
  attempt: number;
  /** Milliseconds since 1970. */
  due: number;
  failed?: string;
}

/** Keeps the progress of one step in the key-value store, which no Jump rolls back. */
export class Store {
  readonly #bucket = Bucket.openBucket("retry-settled");
  constructor(readonly id: string) {}
  read(): Progress {
    const value = get(this.#bucket, this.id);
    if (value === undefined) return { attempt: 0, due: 0 };
    return JSON.parse(new TextDecoder().decode(new Uint8Array(value.incomingValueConsumeSync())));
  }
  write(progress: Progress): void {
    const value = OutgoingValue.newOutgoingValue();
    value.outgoingValueWriteBodySync(new TextEncoder().encode(JSON.stringify(progress)));
    set(this.#bucket, this.id, value);
  }
  remove(): void {
    remove(this.#bucket, this.id);
  }
}
