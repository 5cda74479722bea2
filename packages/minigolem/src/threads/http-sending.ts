import type { ClientRequest, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { bodyWindow, type HttpStart } from "../guest/wasi/http-exchange.js";
import { errorCode, Failure, open, pairs, received, within } from "./http-client.js";

/** One request that is on its way, and its answer. */
export class Sending {
  /** It goes on when its instance is gone. */
  left: boolean;
  /** Resolves when nothing of it is under way. */
  done: Promise<void> = Promise.resolve();
  readonly #request: HttpStart;
  readonly #tell: (op: string, more: object) => void;
  /** Undefined for the moment until it is made. */
  #outgoing: ClientRequest | undefined;
  /** The request's body. */
  readonly #body: Readable | undefined;
  /** Bytes that the body is to have, if its request says so, less those that are there. */
  #missing: number;
  #wanted = () => {};
  /** Bytes of the answer that the guest has not yet taken. */
  #unread = 0;
  #more = () => {};

  /** @param tell the guest */
  constructor(request: HttpStart, tell: (op: string, more: object) => void) {
    this.#request = request;
    this.#tell = tell;
    this.left = request.left;
    const length = request.headers.find(([name]) => name.toLowerCase() === "content-length")?.[1];
    this.#missing = length === undefined ? Number.NaN : Number(length);
    if (request.body) this.#body = new Readable({ read: () => this.#wanted() });
  }

  /** @param ended called as soon as the answer, or the failure, is told */
  start(ended: () => void): void {
    this.done = this.#send(ended);
  }

  async #send(ended: () => void): Promise<void> {
    let answered = false;
    try {
      this.#outgoing = open(this.#request);
      const answer = received(this.#outgoing, this.#request);
      if (this.#body) this.#body.pipe(this.#outgoing);
      else this.#outgoing.end();
      const incoming = await answer;
      answered = true;
      await this.#take(incoming);
    } catch (error) {
      this.#tell("http.error", { code: errorCode(error, answered) });
    } finally {
      ended();
    }
  }

  async #take(incoming: IncomingMessage): Promise<void> {
    const headers = pairs(incoming.headersDistinct);
    this.#tell("http.response", { status: incoming.statusCode, headers });
    const { betweenBytesTimeout } = this.#request;
    const silence = () => within(betweenBytesTimeout, { tag: "HTTP-response-timeout" }, incoming);
    let limit = silence();
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        clearTimeout(limit);
        this.#unread += chunk.length;
        this.#tell("http.chunk", { bytes: new Uint8Array(chunk) });
        if (this.#unread >= bodyWindow && !this.left) await new Promise<void>((more) => (this.#more = more));
        limit = silence();
      }
      this.#tell("http.end", { trailers: pairs(incoming.trailersDistinct) });
    } finally {
      clearTimeout(limit);
    }
  }

  /** The guest has taken so many bytes of the answer. */
  took(bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread < bodyWindow) this.#more();
  }

  /** A part of the request's body. */
  push(bytes: Uint8Array): void {
    this.#missing -= bytes.length;
    if (this.#missing < 0) return this.#wrongLength();
    const sent = () => this.#tell("http.sent", { bytes: bytes.length });
    if (this.#body?.push(bytes)) return sent();
    // When the stream next wants bytes, all that waited for it have been sent.
    const before = this.#wanted;
    this.#wanted = () => {
      this.#wanted = () => {};
      before();
      sent();
    };
  }

  /** The request's body is complete. */
  pushEnd(): void {
    if (this.#missing > 0) this.#wrongLength();
    else this.#body?.push(null);
  }

  /** The body is not as long as the request says. */
  #wrongLength(): void {
    this.#outgoing?.destroy(new Failure({ tag: "HTTP-request-body-size", val: undefined }));
  }

  /** Lets it come to its end without its instance. */
  leave(): void {
    this.left = true;
    this.#more();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#outgoing?.destroy();
    this.#more();
  }
}
