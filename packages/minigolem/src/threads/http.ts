import * as http from "node:http";
import * as https from "node:https";
import { Readable } from "node:stream";
import type { Message } from "../guest/channel.js";
import { bodyWindow, type HttpStart } from "../guest/wasi/http-exchange.js";
import type { HttpErrorCode } from "../oplog/payloads.js";

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
  /** Undefined for the moment until it is made. */
  outgoing: http.ClientRequest | undefined;
  /** The request's body. */
  body: Readable | undefined;
  /** Bytes that the body is to have, if its request says so, less those that are there. */
  missing: number;
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

  function cancel(key: string): void {
    const sending = sendings.get(key);
    if (!sending) return;
    sendings.delete(key);
    sending.outgoing?.destroy();
    sending.more?.();
  }

  async function start(instance: unknown, id: unknown, request: HttpStart): Promise<void> {
    const key = `${instance}/${id}`;
    const tell = (op: string, more: object) => {
      if (sendings.has(key)) post({ op, instance, id, ...more });
    };
    let finish = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const length = request.headers.find(([name]) => name.toLowerCase() === "content-length")?.[1];
    const sending: Sending = {
      outgoing: undefined,
      body: undefined,
      missing: length === undefined ? Number.NaN : Number(length),
      wanted: () => {},
      unread: 0,
      left: request.left,
      done,
    };
    if (request.body) sending.body = new Readable({ read: () => sending.wanted() });
    sendings.set(key, sending);
    let answered = false;
    let limit: NodeJS.Timeout | undefined;
    try {
      sending.outgoing = open(request);
      const answer = received(sending.outgoing, request);
      if (sending.body) sending.body.pipe(sending.outgoing);
      else sending.outgoing.end();
      const incoming = await answer;
      answered = true;
      const headers = pairs(incoming.headersDistinct);
      tell("http.response", { status: incoming.statusCode, headers });
      const silence = () => within(request.betweenBytesTimeout, { tag: "HTTP-response-timeout" }, incoming);
      limit = silence();
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        clearTimeout(limit);
        sending.unread += chunk.length;
        tell("http.chunk", { bytes: new Uint8Array(chunk) });
        if (sending.unread >= bodyWindow && !sending.left) await new Promise<void>((more) => (sending.more = more));
        limit = silence();
      }
      tell("http.end", { trailers: pairs(incoming.trailersDistinct) });
    } catch (error) {
      tell("http.error", { code: errorCode(error, answered) });
    } finally {
      clearTimeout(limit);
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
        sending.missing -= bytes.length;
        if (sending.missing < 0) return wrongLength(sending);
        const sent = () => post({ op: "http.sent", instance, id, bytes: bytes.length });
        if (sending.body?.push(bytes)) sent();
        else sending.wanted = chain(sending, sent);
      } else if (op === "http.body-end") {
        if (sending.missing > 0) wrongLength(sending);
        else sending.body?.push(null);
      }
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
      const all = [...sendings.values()];
      for (const key of [...sendings.keys()]) cancel(key);
      await Promise.all(all.map(({ done }) => done));
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

/** An end that has a name of its own. */
class Failure extends Error {
  constructor(readonly code: HttpErrorCode) {
    super(code.tag);
  }
}

/** The body is not as long as the request says. */
function wrongLength({ outgoing }: Sending): void {
  outgoing?.destroy(new Failure({ tag: "HTTP-request-body-size", val: undefined }));
}

/** Ends what takes too long. Milliseconds. */
function within(ms = defaultTimeout, code: HttpErrorCode, what: { destroy(error: Error): unknown }): NodeJS.Timeout {
  return setTimeout(() => what.destroy(new Failure(code)), Math.min(ms, 2 ** 31 - 1));
}

/** On a connection of its own, as Golem has it: none is used again that the upstream has given up meanwhile. */
function open({ url, method, headers, body }: HttpStart): http.ClientRequest {
  const { request } = url.startsWith("https:") ? https : http;
  const outgoing = request(new URL(url), { method, agent: false });
  outgoing.removeHeader("connection"); // Golem sends none
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  if (body && !outgoing.hasHeader("content-length")) outgoing.setHeader("transfer-encoding", "chunked");
  return outgoing;
}

/** The answer, as far as its headers. */
function received(outgoing: http.ClientRequest, { connectTimeout, firstByteTimeout }: HttpStart) {
  return new Promise<http.IncomingMessage>((answered, failed) => {
    let limit = within(connectTimeout, { tag: "connection-timeout" }, outgoing);
    const connected = () => {
      clearTimeout(limit);
      limit = within(firstByteTimeout, { tag: "connection-read-timeout" }, outgoing);
    };
    const secure = outgoing.protocol === "https:";
    outgoing.on("socket", (socket) => socket.once(secure ? "secureConnect" : "connect", connected));
    outgoing.on("response", (incoming) => {
      clearTimeout(limit);
      answered(incoming);
    });
    outgoing.on("error", failed);
    outgoing.on("close", () => {
      clearTimeout(limit);
      failed(new Error("the connection was closed without an answer"));
    });
  });
}

const pairs = (headers: NodeJS.Dict<string[]>): [string, string][] =>
  Object.entries(headers).flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]));

/** What wasmtime makes of it. */
function errorCode(error: unknown, answered: boolean): HttpErrorCode {
  if (error instanceof Failure) return error.code;
  const code = (error as { code?: string }).code ?? "";
  switch (code) {
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { tag: "connection-refused" };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { tag: "DNS-error", val: { rcode: "address not available", infoCode: 0 } };
    default:
      if (/^(CERT|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return { tag: "TLS-certificate-error" };
      return answered || code !== "" ? { tag: "HTTP-protocol-error" } : { tag: "internal-error", val: String(error) };
  }
}
