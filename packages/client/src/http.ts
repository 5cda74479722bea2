import { send } from "#send";
import { GolemError, golemError } from "./error.js";
import { fromJson, toJson } from "./json.js";
import type { Received, Sent } from "./send.js";

export interface Request {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  form?: FormData;
  idempotencyKey?: string;
}

const decoder = new TextDecoder();

/** One server's REST API. */
export class Rest {
  constructor(readonly url: string) {}

  /** @throws GolemError */
  async json<T>(path: string, request: Request = {}): Promise<T> {
    return fromJson(decoder.decode(await this.bytes(path, request))) as T;
  }

  /** @throws GolemError */
  async bytes(path: string, request: Request = {}): Promise<Uint8Array> {
    const url = urlOf(this.url + path, request.query);
    const sent = await sentBy(request);
    const { status, body } = await this.#send(url, sent);
    if (status >= 200 && status < 300) return body;
    throw golemError(shown(sent, url), status, answerIn(body));
  }

  async #send(url: URL, sent: Sent): Promise<Received> {
    try {
      return await send(url, sent);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const details = `no answer from ${this.url} (${code ?? message}): start a server there, with minigolem serve or golem server run, or give another URL`;
      throw new GolemError(shown(sent, url), 0, "Unreachable", details, { cause: error });
    }
  }
}

function urlOf(address: string, query: Request["query"] = {}): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  return url;
}

async function sentBy({ method = "GET", json, form, idempotencyKey }: Request): Promise<Sent> {
  const headers: Record<string, string> = {};
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  if (form !== undefined) {
    const encoded = new Response(form);
    headers["content-type"] = encoded.headers.get("content-type") ?? "";
    return { method, headers, body: new Uint8Array(await encoded.arrayBuffer()) };
  }
  if (json === undefined) return { method, headers, body: undefined };
  headers["content-type"] = "application/json";
  return { method, headers, body: toJson(json) };
}

/** As an error shows a request. */
const shown = ({ method }: Sent, { pathname, search }: URL) =>
  `${method} ${decodeURIComponent(pathname)}${decodeURIComponent(search)}`;

function answerIn(body: Uint8Array): unknown {
  const text = decoder.decode(body);
  try {
    return fromJson(text);
  } catch {
    return text;
  }
}
