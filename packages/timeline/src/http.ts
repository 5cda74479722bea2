import type { Fields } from "./entries.js";

/** What Golem records when a request is answered, or fails. */
export interface Answer {
  method: string;
  url: string;
  path: string;
  status: number | undefined;
  failure: string | undefined;
}

export const answered = "http::types::future_incoming_response::get";

/** Golem's words for a failed request (wasi:http/types `error-code`), as a person says them. */
const failures: Record<string, string> = {
  connectionrefused: "connection refused",
  connectionterminated: "connection closed",
  connectiontimeout: "connection timed out",
  connectionreadtimeout: "the answer timed out",
  connectionwritetimeout: "sending timed out",
  httpresponsetimeout: "the answer timed out",
  httpprotocolerror: "connection broken off",
  dnserror: "host not found",
  dnstimeout: "host not found in time",
  destinationnotfound: "host not found",
  tlsprotocolerror: "TLS failed",
  tlscertificateerror: "TLS certificate refused",
  internalerror: "internal error",
};

/** Reads a `future_incoming_response::get` entry. @returns undefined: there is no answer yet */
export function answerOf(entry: Fields): Answer | undefined {
  const value = (entry.response as { value?: unknown })?.value;
  const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? Number(v) : v)) ?? "";
  if (/^("pending"|\{"pending")/i.test(text)) return undefined;
  const status = /"status":\s*(\d+)/.exec(text)?.[1];
  const request = (entry.request as { value?: { uri?: unknown; method?: unknown } })?.value ?? {};
  const url = String(request.uri ?? "");
  return {
    method: methodOf(request.method),
    url,
    path: url.replace(/^[^/?]*/, "") || "/",
    status: status === undefined ? undefined : Number(status),
    failure: status === undefined ? failureOf(value) : undefined,
  };
}

function methodOf(method: unknown): string {
  if (typeof method === "string") return method.toUpperCase();
  if (typeof method === "object" && method !== null) return (Object.keys(method)[0] ?? "GET").toUpperCase();
  return "GET";
}

/** `{"HttpError":{"HttpProtocolError":null}}` → `connection broken off`. */
function failureOf(value: unknown): string {
  const names: string[] = [];
  for (let at = value; names.length < 4; ) {
    if (typeof at === "string") names.push(at);
    if (typeof at !== "object" || at === null) break;
    const [name, inner] = Object.entries(at)[0] ?? [];
    if (name === undefined) break;
    names.push(name);
    at = inner;
  }
  const code = names.find((name) => !/^(http-?error|ok|err)$/i.test(name)) ?? "no answer";
  return failures[code.replaceAll("-", "").toLowerCase()] ?? words(code);
}

/** `LoopDetected` → `loop detected`. */
const words = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("-", " ")
    .toLowerCase();
