/**
 * An HTTP server that fails as it is told, without vitest.
 * @module golem-testkit/upstream
 */

import { setTimeout as sleep } from "node:timers/promises";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";

/** An answer in full, made by {@link reply}. */
export class Reply {
  constructor(
    readonly status: number,
    /** Text, or something to be sent as JSON. */
    readonly body: string | object = "",
    readonly headers: Record<string, string> = {},
  ) {}
}

/** An answer that is more than text or JSON with status 200. */
export const reply = (status: number, body?: string | object, headers?: Record<string, string>): Reply =>
  new Reply(status, body, headers);

/** What an upstream says: text, something to be sent as JSON, or a {@link reply}. */
export type Answer = string | object | Reply;

/** A request as it came in. */
export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** When it came in: milliseconds since 1970, in real time. */
  at: number;
  /** Undefined: not answered. */
  status: number | undefined;
  /** The caller went away before it was answered. */
  aborted: boolean;
}

type Act = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** Real milliseconds, so that each piece of a body travels alone. */
const pause = 5;

/** What a path does, request by request. Before it is told anything it answers 404. */
export class Script {
  readonly #acts: Act[] = [];
  #last: Act = (_, to) => to.code(404).send("nothing is scripted for this request");
  #count = 0;
  #release: () => void = () => {};
  #released = new Promise<void>((done) => {
    this.#release = done;
  });

  /** The next `times` requests get this answer. */
  answers(times: number, answer: Answer): this {
    for (let i = 0; i < times; i++) this.#acts.push((_, reply) => send(reply, answer));
    return this;
  }

  /** The next `times` requests fail with this status. */
  fails(times: number, status = 503, headers: Record<string, string> = {}): this {
    return this.answers(times, reply(status, `failure with ${status}`, headers));
  }

  /** Of the next `times` requests the connection is reset. */
  resets(times: number): this {
    for (let i = 0; i < times; i++)
      this.#acts.push((request, reply) => {
        reply.hijack();
        request.raw.socket.resetAndDestroy();
      });
    return this;
  }

  /** The next `times` requests wait for {@link Upstream.release}, and then get the final answer. */
  hangs(times: number): this {
    for (let i = 0; i < times; i++)
      this.#acts.push(async (request, reply) => {
        await this.#released;
        return this.#last(request, reply);
      });
    return this;
  }

  /** The next `times` requests get this answer after a while. @param ms real milliseconds */
  delays(times: number, ms: number, answer: Answer): this {
    for (let i = 0; i < times; i++)
      this.#acts.push(async (_, reply) => {
        await sleep(ms, undefined, { ref: false });
        return send(reply, answer);
      });
    return this;
  }

  /**
   * The next `times` requests get a text in pieces, one after the other.
   * @param breaks the connection is reset after the last piece, in the middle of the body
   */
  streams(times: number, pieces: readonly string[], { breaks = false } = {}): this {
    for (let i = 0; i < times; i++)
      this.#acts.push(async (_, reply) => {
        const to = reply.hijack().raw.writeHead(200, { "content-type": "text/plain" });
        for (const piece of pieces) {
          to.write(piece);
          await sleep(pause, undefined, { ref: false });
        }
        if (breaks) to.socket?.resetAndDestroy();
        else to.end();
      });
    return this;
  }

  /** All requests after these get this answer. It ends the script. */
  // biome-ignore lint/suspicious/noThenProperty: it reads as a sentence, and takes no callbacks
  then(answer: Answer): void {
    this.#last = (_, reply) => send(reply, answer);
  }

  /** All requests after these are handled by a function; `count` is how many came before, plus 1. */
  does(handle: (request: { method: string; path: string; body: string }, count: number) => Answer): void {
    this.#last = (request, reply) =>
      send(reply, handle({ method: request.method, path: request.url, body: textOf(request.body) }, this.#count));
  }

  /** For the upstream. */
  release(): void {
    this.#release();
  }

  /** For the upstream. */
  handle(request: FastifyRequest, reply: FastifyReply): unknown {
    const act = this.#acts[this.#count] ?? this.#last;
    this.#count++;
    return act(request, reply);
  }
}

function send(to: FastifyReply, answer: Answer): unknown {
  const { status, headers, body } = answer instanceof Reply ? answer : new Reply(200, answer);
  to.code(status).headers(headers);
  return typeof body === "string" ? to.type("text/plain").send(body) : to.send(body);
}

const textOf = (body: unknown) => (body instanceof Buffer ? body.toString("utf8") : "");

/** A server of one's own that does what its scripts say, and remembers who asked. */
export interface Upstream {
  /** Its base, on 127.0.0.1: `http://127.0.0.1:41655`. */
  readonly url: string;
  /** Scripts what requests of a path get. A path asked for twice has one script. @param path without query: `/orders/7` */
  on(path: string): Script;
  /** Requests so far, in order. @param path without query; without it all */
  requests(path?: string): SeenRequest[];
  /** Resolves when a path has been asked for `count` times. */
  requested(path: string, count: number): Promise<void>;
  /** Answers what hangs. @param path without query */
  release(path: string): void;
  /** Answers what hangs, and stops listening. */
  close(): Promise<void>;
}

/** Starts an upstream on a free port of this machine. */
export async function startUpstream(): Promise<Upstream> {
  const scripts = new Map<string, Script>();
  const seen: SeenRequest[] = [];
  const waiting = new Set<() => void>();
  const app = fastify({ forceCloseConnections: true, bodyLimit: 64 << 20 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
  app.all("*", (request, reply) => {
    const path = request.url.split("?")[0] as string;
    const record: SeenRequest = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      body: textOf(request.body),
      at: Date.now(),
      status: undefined,
      aborted: false,
    };
    seen.push(record);
    reply.raw.on("close", () => {
      if (reply.raw.writableFinished) record.status = reply.raw.statusCode;
      else record.aborted = true;
    });
    for (const look of waiting) look();
    const script = scripts.get(path);
    return script ? script.handle(request, reply) : reply.code(404).send(`nothing is scripted for ${path}`);
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const requests = (path?: string) => seen.filter((one) => path === undefined || one.path.split("?")[0] === path);
  return {
    url,
    on(path) {
      const script = scripts.get(path) ?? new Script();
      scripts.set(path, script);
      return script;
    },
    requests,
    requested: (path, count) =>
      new Promise((done) => {
        const look = () => {
          if (requests(path).length < count) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
      }),
    release: (path) => scripts.get(path)?.release(),
    async close() {
      for (const script of scripts.values()) script.release();
      await app.close();
    },
  };
}
