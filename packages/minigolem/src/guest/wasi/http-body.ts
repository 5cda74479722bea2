import { Fields } from "./http-fields.js";
import type { Io } from "./io.js";

/** Where the bytes of a request's body go. */
export interface BodySink {
  write(bytes: Uint8Array): void;
  end(trailers: [string, string][]): void;
  abort(): void;
}

/** `wasi:http/types` outgoing-body: what is written before the request is sent is kept until then. */
export class OutgoingBody {
  static streams: Pick<Io, "OutputStream">;
  #early: Uint8Array[] = [];
  #sink: BodySink | undefined;
  #ended: [string, string][] | undefined;
  #taken = false;

  write(): InstanceType<Io["OutputStream"]> {
    if (this.#taken) throw undefined;
    this.#taken = true;
    const { OutputStream } = (this.constructor as typeof OutgoingBody).streams;
    return new OutputStream({
      write: (bytes) => {
        if (this.#sink) this.#sink.write(bytes);
        else this.#early.push(bytes);
      },
    });
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    body.#ended = trailers ? Fields.list(trailers) : [];
    body.#sink?.end(body.#ended);
  }

  /** For the engine: from now on it goes out. */
  static send(body: OutgoingBody, sink: BodySink): void {
    body.#sink = sink;
    for (const bytes of body.#early.splice(0)) sink.write(bytes);
    if (body.#ended) sink.end(body.#ended);
  }

  /** A body that is dropped without `finish` was not meant to be complete. */
  [Symbol.dispose](): void {
    if (!this.#ended) this.#sink?.abort();
  }
}
