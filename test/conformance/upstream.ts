import { EventEmitter, once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { UpstreamRequest } from "./recording.ts";

export interface Seen {
  at: number;
  key: string;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  status: number | "reset" | null;
  answeredAt?: number;
  aborted?: true;
  bodyLength: number;
}

/**
 * The server that the components talk to. Paths are /KIND/KEY/ARGUMENT[?TAG]; each key has its own count.
 *
 * | kind     | answer                                              |
 * | -------- | --------------------------------------------------- |
 * | text     | 200 at once                                         |
 * | flaky    | 503 for the first ARGUMENT requests, then 200       |
 * | always   | status ARGUMENT, until the key is released          |
 * | until    | 503 until ARGUMENT ms after the first request       |
 * | slow     | 200 after ARGUMENT ms                               |
 * | slowbad  | 503 after ARGUMENT ms                               |
 * | slowonce | as slow for the first request, the others at once   |
 * | hang     | none, until the key is released                     |
 * | hangonce | as hang for the first request, the others at once   |
 * | reset    | closes the socket ARGUMENT times, then 200          |
 * | bytes    | 200 with ARGUMENT bytes                             |
 * | echo     | as flaky, with method and length of the body        |
 */
export class Upstream {
  readonly #requests: Seen[] = [];
  readonly #counts = new Map<string, number>();
  readonly #firstAt = new Map<string, number>();
  readonly #released = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Emits a key when the third of its overlapping requests is there. */
  readonly #thirds = new EventEmitter();
  readonly #sockets = new Set<Socket>();
  readonly #now: () => number;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  /** @param now milliseconds by the clock of those who wait for it */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param port 0 is one that is free */
  async listen(port = 0): Promise<this> {
    this.#server.keepAliveTimeout = 1000;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((done, fail) => {
      this.#server.once("error", fail);
      this.#server.listen(port, "127.0.0.1", done);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get listening(): boolean {
    return this.#server.listening;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((done) => this.#server.close(() => done()));
  }

  /** From now on each request for this key is answered 200 at once, and so are the waiting ones. */
  release(key: string): void {
    this.#released.add(key);
    for (const answer of this.#waiting.get(key) ?? []) answer();
    this.#waiting.delete(key);
  }

  of(key: string): Seen[] {
    return this.#requests.filter((request) => request.key === key);
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const at = Date.now();
    const url = new URL(req.url ?? "/", "http://upstream");
    const [kind, key = "", argument = ""] = url.pathname.slice(1).split("/");
    const n = Number(argument);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const now = this.#now();
    if (!this.#firstAt.has(key)) this.#firstAt.set(key, now);
    const seen: Seen = {
      at,
      key,
      method: req.method ?? "",
      path: req.url ?? "",
      headers: req.headers,
      status: null,
      bodyLength: 0,
    };
    this.#requests.push(seen);
    res.on("close", () => {
      if (!res.writableFinished) seen.aborted = true;
    });

    let body = "";
    try {
      for await (const chunk of req) body += chunk;
    } catch {
      seen.aborted = true;
      return;
    }
    seen.bodyLength = body.length;

    // Of three requests that overlap none is answered before all are there: what the guest reads first is no chance.
    if (/^\?[12]$/.test(url.search)) await Promise.race([once(this.#thirds, key), sleep(500)]);
    else if (url.search === "?3") this.#thirds.emit(key);

    const answer = (status: number, text: string) => {
      if (res.destroyed || res.writableEnded) return;
      seen.status = status;
      seen.answeredAt = Date.now();
      res.writeHead(status, { "content-type": "text/plain", "content-length": Buffer.byteLength(text) });
      res.end(text);
    };
    const good = () => answer(200, `ok ${count}`);
    const bad = (status: number) => answer(status, `no ${count}`);
    const whenReleased = (act: () => void) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), act]);
    };
    const after = (ms: number, act: () => void) => {
      setTimeout(act, ms).unref();
      whenReleased(act);
    };

    if (this.#released.has(key) && kind !== "bytes") return good();
    switch (kind) {
      case "text":
        return good();
      case "flaky":
        return count <= n ? bad(503) : good();
      case "always":
        return bad(n);
      case "until":
        return now - (this.#firstAt.get(key) ?? now) < n ? bad(503) : good();
      case "slow":
        return after(n, good);
      case "slowbad":
        return after(n, () => bad(503));
      case "slowonce":
        return count > 1 ? good() : after(n, good);
      case "hang":
        return whenReleased(good);
      case "hangonce":
        return count > 1 ? good() : whenReleased(good);
      case "reset":
        if (count > n) return good();
        seen.status = "reset";
        req.socket.destroy();
        return;
      case "bytes":
        return answer(200, "x".repeat(n));
      case "echo":
        return answer(count <= n ? 503 : 200, `${req.method} ${body.length} ${count}`);
      default:
        return answer(404, "unknown");
    }
  }
}

/** What a record keeps of its requests. Header values that differ get numbers of their own. */
export function summary(requests: Seen[], t0: number, tidy: <T>(value: T) => T): UpstreamRequest[] {
  const known: Record<string, string[]> = {};
  const number = (name: string, value: string | string[] | undefined): number | false => {
    if (value === undefined) return false;
    known[name] ??= [];
    const values = known[name];
    if (!values.includes(String(value))) values.push(String(value));
    return values.indexOf(String(value)) + 1;
  };
  return requests.map(({ at, method, path, status, aborted, bodyLength, answeredAt, headers }) => ({
    t: at - t0,
    method,
    path: tidy(path),
    status,
    ...(aborted ? { aborted } : {}),
    ...(bodyLength > 0 ? { bodyLength } : {}),
    ...(answeredAt && answeredAt - at > 20 ? { took: answeredAt - at } : {}),
    headers: {
      names: Object.keys(headers).sort(),
      traceparent: number("traceparent", headers.traceparent),
      traceId: number("traceId", headers.traceparent?.toString().split("-")[1]),
      tracestate: number("tracestate", headers.tracestate),
      idempotencyKey: number("idempotencyKey", headers["idempotency-key"]),
      userAgent: headers["user-agent"] ?? false,
    },
  }));
}
