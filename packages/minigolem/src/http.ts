import { Readable } from "node:stream";
import type { Client } from "undici";
import type { Message } from "./guest/channel.js";
import { bodyWindow, type HttpStart } from "./guest/wasi/http-exchange.js";
import type { HttpErrorCode } from "./oplog/payloads.js";

/** Guests' HTTP requests, sent by the main thread. */
export interface Http {
  /** Takes a guest's message about an exchange. */
  handle(message: Message): void;
  /** Exchanges of which the answer is not complete. */
  pending(): number;
  /** Ends those that only their instance wanted: it is gone. */
  cancelAll(): void;
  /** Lets them come to their end without it. */
  leaveAll(): Promise<void>;
  close(): Promise<void>;
}

interface Sending {
  /** Undefined for the moment until the module is there. */
  client: Client | undefined;
  abort: AbortController;
  /** The request's body. */
  body: Readable | undefined;
  wanted(): void;
  /** Bytes of the answer that the guest has not yet taken. */
  unread: number;
  more?: () => void;
  /** Goes on when its instance is gone. */
  left: boolean;
  done: Promise<void>;
}

/** wasmtime's, which Golem keeps. Milliseconds. */
const defaultTimeout = 600_000;

/** @param post to the guest */
export function createHttp({ post }: { post(message: Message): void }): Http {
  const sendings = new Map<string, Sending>();
  const undici = import("undici"); // not before a guest thread is started, which takes as long: the engine starts without it

  function cancel(key: string): void {
    const sending = sendings.get(key);
    if (!sending) return;
    sendings.delete(key);
    sending.abort.abort();
    void sending.client?.destroy().catch(() => {});
  }

  async function start(instance: unknown, id: unknown, request: HttpStart): Promise<void> {
    const key = `${instance}/${id}`;
    const tell = (op: string, more: object) => {
      if (sendings.has(key)) post({ op, instance, id, ...more });
    };
    const { origin, pathname, search } = new URL(request.url);
    let finish = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const sending: Sending = {
      client: undefined,
      abort: new AbortController(),
      body: undefined,
      wanted: () => {},
      unread: 0,
      left: request.left,
      done,
    };
    if (request.body) sending.body = new Readable({ read: () => sending.wanted() });
    sendings.set(key, sending);
    let answered = false;
    try {
      const { Client } = await undici;
      sending.abort.signal.throwIfAborted();
      // A connection of its own for each request, as Golem has it: none is reused that the upstream has given up meanwhile.
      sending.client = new Client(origin, {
        pipelining: 0,
        connectTimeout: request.connectTimeout ?? defaultTimeout,
        headersTimeout: request.firstByteTimeout ?? defaultTimeout,
        bodyTimeout: request.betweenBytesTimeout ?? defaultTimeout,
      });
      const answer = await sending.client.request({
        method: request.method as "GET",
        path: pathname + search,
        headers: request.headers.flat(),
        body: sending.body ?? null,
        signal: sending.abort.signal,
      });
      answered = true;
      const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value ?? ""]).map((one): [string, string] => [name, one]),
      );
      tell("http.response", { status: answer.statusCode, headers });
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        sending.unread += chunk.length;
        tell("http.chunk", { bytes: new Uint8Array(chunk) });
        if (sending.unread >= bodyWindow && !sending.left) await new Promise<void>((more) => (sending.more = more));
      }
      tell("http.end", { trailers: Object.entries(answer.trailers) });
    } catch (error) {
      tell("http.error", { code: errorCode(error, answered) });
    } finally {
      cancel(key);
      finish();
    }
  }

  return {
    handle({ op, instance, id, ...more }) {
      const key = `${instance}/${id}`;
      if (op === "http.start") return void start(instance, id, more.request as HttpStart);
      const sending = sendings.get(key);
      if (!sending) return;
      if (op === "http.cancel") cancel(key);
      else if (op === "http.more") {
        sending.unread -= more.bytes as number;
        if (sending.unread < bodyWindow) sending.more?.();
      } else if (op === "http.body") {
        const bytes = more.bytes as Uint8Array;
        const sent = () => post({ op: "http.sent", instance, id, bytes: bytes.length });
        if (sending.body?.push(bytes)) sent();
        else sending.wanted = chain(sending, sent);
      } else if (op === "http.body-end") sending.body?.push(null);
    },
    pending: () => sendings.size,
    cancelAll() {
      for (const [key, sending] of [...sendings]) if (!sending.left) cancel(key);
    },
    async leaveAll() {
      const all = [...sendings.values()];
      for (const sending of all) {
        sending.left = true;
        sending.more?.();
      }
      await Promise.all(all.map(({ done }) => done));
    },
    async close() {
      const clients = [...sendings.values()].map(({ client }) => client);
      for (const key of [...sendings.keys()]) cancel(key);
      await Promise.all(clients.map((client) => client?.destroy().catch(() => {})));
    },
  };
}

/** When the stream next wants bytes, all that waited for it have been sent. */
function chain(sending: Sending, sent: () => void): () => void {
  const before = sending.wanted;
  return () => {
    sending.wanted = () => {};
    before();
    sent();
  };
}

/** What wasmtime makes of it. */
function errorCode(error: unknown, answered: boolean): HttpErrorCode {
  const code = (error as { code?: string }).code ?? "";
  switch (code) {
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { tag: "connection-refused" };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { tag: "DNS-error", val: { rcode: "address not available", infoCode: 0 } };
    case "UND_ERR_CONNECT_TIMEOUT":
      return { tag: "connection-timeout" };
    case "UND_ERR_HEADERS_TIMEOUT":
      return { tag: "connection-read-timeout" };
    case "UND_ERR_BODY_TIMEOUT":
      return { tag: "HTTP-response-timeout" };
    case "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH":
      return { tag: "HTTP-request-body-size", val: undefined };
    default:
      if (/^(CERT|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return { tag: "TLS-certificate-error" };
      return answered || code !== "" ? { tag: "HTTP-protocol-error" } : { tag: "internal-error", val: String(error) };
  }
}
