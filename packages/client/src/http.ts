import { parse, stringify } from "lossless-json";
import { GolemError, golemError } from "./error.js";

/** Whole numbers that a double cannot hold become bigint. */
const number = (text: string): number | bigint =>
  /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text);

export interface Request {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  form?: FormData;
  idempotencyKey?: string;
}

/** One server's REST API. */
export class Rest {
  constructor(readonly url: string) {}

  /** @throws GolemError */
  async json<T>(path: string, request: Request = {}): Promise<T> {
    const answer = await this.#send(path, request);
    return (await answer.json()) as T;
  }

  async bytes(path: string): Promise<Uint8Array> {
    return (await this.#send(path, {})).bytes();
  }

  async #send(path: string, { method = "GET", query = {}, json, form, idempotencyKey }: Request) {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== undefined) url.searchParams.append(name, String(one));
      }
    }
    const headers: Record<string, string> = {};
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    if (json !== undefined) headers["content-type"] = "application/json";
    const request = `${method} ${decodeURIComponent(url.pathname)}${decodeURIComponent(url.search)}`;
    const body = json === undefined ? form : stringify(json);
    const response = await this.#fetch(url, { method, headers, ...(body === undefined ? {} : { body }) }, request);
    if (response.ok) {
      return {
        json: async () => parse(await response.text(), undefined, number),
        bytes: async () => new Uint8Array(await response.arrayBuffer()),
      };
    }
    throw golemError(request, response.status, await this.#answer(response));
  }

  async #answer(response: Response): Promise<unknown> {
    const text = await response.text();
    try {
      return parse(text, undefined, number);
    } catch {
      return text;
    }
  }

  async #fetch(url: URL, init: RequestInit, request: string): Promise<Response> {
    for (;;) {
      try {
        return await fetch(url, init);
      } catch (error) {
        const cause = (error as { cause?: { code?: string; message?: string } }).cause;
        // Node gives up after five minutes without an answer. With its key an invocation can be asked for again.
        if (cause?.code === "UND_ERR_HEADERS_TIMEOUT" && (init.headers as Record<string, string>)["idempotency-key"])
          continue;
        const why = cause?.code ?? cause?.message ?? String(error);
        const details = `no answer from ${this.url} (${why}): start a server there, with minigolem serve or golem server run, or give another URL`;
        throw new GolemError(request, 0, "Unreachable", details, { cause: error });
      }
    }
  }
}
