import * as http from "node:http";
import * as https from "node:https";
import type { HttpStart } from "../guest/wasi/http-exchange.js";
import type { HttpErrorCode } from "../oplog/payloads.js";

/** wasmtime's, which Golem keeps. Milliseconds. */
const defaultTimeout = 600_000;

/** An end that has a name of its own. */
export class Failure extends Error {
  constructor(readonly code: HttpErrorCode) {
    super(code.tag);
  }
}

/** Ends what takes too long. Milliseconds. */
export function within(
  ms = defaultTimeout,
  code: HttpErrorCode,
  what: { destroy(error: Error): unknown },
): NodeJS.Timeout {
  return setTimeout(() => what.destroy(new Failure(code)), Math.min(ms, 2 ** 31 - 1));
}

/** On a connection of its own, as Golem has it: none is used again that the upstream has given up meanwhile. */
export function open({ url, method, headers, body }: HttpStart): http.ClientRequest {
  const { request } = url.startsWith("https:") ? https : http;
  const outgoing = request(new URL(url), { method, agent: false });
  outgoing.removeHeader("connection"); // Golem sends none
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  if (body && !outgoing.hasHeader("content-length")) outgoing.setHeader("transfer-encoding", "chunked");
  return outgoing;
}

/** The answer, as far as its headers. */
export function received(outgoing: http.ClientRequest, { connectTimeout, firstByteTimeout }: HttpStart) {
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

export const pairs = (headers: NodeJS.Dict<string[]>): [string, string][] =>
  Object.entries(headers).flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]));

/** What wasmtime makes of it. */
export function errorCode(error: unknown, answered: boolean): HttpErrorCode {
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
