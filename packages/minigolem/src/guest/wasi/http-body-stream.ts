import type { StreamReadRecord } from "../../oplog/payloads.js";
import type { BodyStreams, OpenExchange } from "./http-open-exchange.js";
import type { Io } from "./io.js";

/** The stream class of one instance in which it reads the body of an answer. */
export function bodyStream({ InputStream, Pollable, IoError }: Io): BodyStreams["BodyStream"] {
  return class BodyStream extends InputStream {
    constructor(readonly open: OpenExchange) {
      super();
    }
    #take<T extends Uint8Array | number>(
      name: string,
      blocking: boolean,
      length: bigint,
      as: (bytes: Uint8Array) => T,
    ): T {
      const record = this.open.recorded<StreamReadRecord<T>>(`http::types::incoming_body_stream::${name}`, () => {
        const read = this.open.exchange.read(Number(length), blocking);
        return "ok" in read ? { ok: as(read.ok) } : read;
      });
      if ("ok" in record) return record.ok;
      if ("closed" in record) {
        this.open.end(this);
        throw { tag: "closed" };
      }
      throw { tag: "last-operation-failed", val: new IoError(record.failed.tag, record.failed) };
    }
    override read(length: bigint): Uint8Array {
      return this.#take("read", false, length, (bytes) => bytes);
    }
    override blockingRead(length: bigint): Uint8Array {
      return this.#take("blocking_read", true, length, (bytes) => bytes);
    }
    override skip(length: bigint): bigint {
      return BigInt(this.#take("skip", false, length, (bytes) => bytes.length));
    }
    override blockingSkip(length: bigint): bigint {
      return BigInt(this.#take("blocking_skip", true, length, (bytes) => bytes.length));
    }
    override subscribe() {
      return new Pollable({ ready: () => this.open.exchange.readable() });
    }
    override [Symbol.dispose](): void {
      this.open.drop(this);
    }
  };
}
