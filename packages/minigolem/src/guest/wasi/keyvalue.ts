import { Buffer } from "node:buffer";
import type { KeyvalueRequest } from "../../oplog/payloads.js";
import type { GuestContext, Imports } from "../context.js";
import type { Io } from "./io.js";

/**
 * wasi:keyvalue@0.1.0. The store is the engine's: all workers share it and no jump or revert rolls it back; what a component
 * got from it is on record.
 */
export function keyvalue({ journal, channel }: GuestContext, { BytesStream, OutputStream }: Io): Imports {
  class KeyvalueError {
    constructor(readonly text: string) {}
    trace(): string {
      return this.text;
    }
    [Symbol.dispose](): void {}
  }

  class Bucket {
    constructor(readonly bucket: string) {}
    static openBucket(name: string): Bucket {
      return new Bucket(name);
    }
    [Symbol.dispose](): void {}
  }

  class OutgoingValue {
    #parts: Uint8Array[] = [];
    static newOutgoingValue(): OutgoingValue {
      return new OutgoingValue();
    }
    outgoingValueWriteBodySync(value: Uint8Array): void {
      this.#parts = [value.slice()];
    }
    outgoingValueWriteBodyAsync() {
      return new OutputStream({ write: (bytes) => void this.#parts.push(bytes) });
    }
    bytes(): Uint8Array {
      return new Uint8Array(Buffer.concat(this.#parts));
    }
    [Symbol.dispose](): void {}
  }

  class IncomingValue {
    constructor(readonly bytes: Uint8Array) {}
    incomingValueConsumeSync(): Uint8Array {
      return this.bytes;
    }
    incomingValueConsumeAsync() {
      return new BytesStream(this.bytes);
    }
    incomingValueSize(): bigint {
      return BigInt(this.bytes.length);
    }
    [Symbol.dispose](): void {}
  }

  const name = (call: string) => `golem keyvalue::eventual::${call}`;
  const at = ({ bucket }: Bucket, key: string): KeyvalueRequest => ({ bucket, key });

  return {
    "wasi:keyvalue/wasi-keyvalue-error": { Error: KeyvalueError },
    "wasi:keyvalue/types": { Bucket, OutgoingValue, IncomingValue },
    "wasi:keyvalue/eventual": {
      get(bucket: Bucket, key: string): IncomingValue | undefined {
        const value = journal.durable(
          name("get"),
          "ReadRemote",
          at(bucket, key),
          () => channel.request<Uint8Array | undefined>("keyvalue.get", at(bucket, key)) ?? null,
        );
        return value === null ? undefined : new IncomingValue(value);
      },
      set(bucket: Bucket, key: string, outgoing: OutgoingValue): void {
        const value = outgoing.bytes();
        journal.durable(name("set"), "WriteRemote", { ...at(bucket, key), size: value.length }, () => {
          channel.request("keyvalue.set", { ...at(bucket, key), value });
          return null;
        });
      },
      delete(bucket: Bucket, key: string): void {
        journal.durable(name("delete"), "WriteRemote", at(bucket, key), () => {
          channel.request("keyvalue.delete", at(bucket, key));
          return null;
        });
      },
      exists: (bucket: Bucket, key: string): boolean =>
        journal.durable(name("exists"), "ReadRemote", at(bucket, key), () =>
          channel.request<boolean>("keyvalue.exists", at(bucket, key)),
        ),
    },
  };
}
