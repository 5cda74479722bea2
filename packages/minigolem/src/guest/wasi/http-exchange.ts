import type { HttpErrorCode, HttpResponseRecord, StreamReadRecord, TrailersRecord } from "../../oplog/payloads.js";
import type { Message } from "../channel.js";
import type { GuestContext } from "../context.js";
import { OverLimit } from "../signals.js";
import type { BodySink } from "./http-body.js";

/** What the main thread is asked to send. Timeouts in milliseconds. */
export interface HttpStart {
  url: string;
  method: string;
  headers: [string, string][];
  body: boolean;
  connectTimeout: number | undefined;
  firstByteTimeout: number | undefined;
  betweenBytesTimeout: number | undefined;
  /** It goes on when the instance is gone. */
  left: boolean;
}

/** How much of a body may be under way between the threads, in bytes: as much memory as it takes at most. */
export const bodyWindow = 1 << 20;

/** One request and its answer, as they come in from the main thread. */
export interface Exchange extends BodySink {
  /** The answer's headers or an error are there. */
  answered(): boolean;
  response(): HttpResponseRecord;
  /** Bytes, the end or an error are there. */
  readable(): boolean;
  read(length: number, blocking: boolean): StreamReadRecord<Uint8Array>;
  finished(): boolean;
  trailers(): TrailersRecord;
  /** Nobody wants the rest. */
  cancel(): void;
}

interface State {
  response?: Extract<HttpResponseRecord, { type: "headers" }>;
  chunks: Uint8Array[];
  error?: HttpErrorCode;
  trailers?: [string, string][];
  /** Of the request's body: sent to the main thread, but not yet to the upstream. */
  underWay: number;
  /** Of the request's body: what came before the request was sent. */
  early: Message[];
}

/** The exchanges of one instance. */
export class Exchanges {
  readonly #context: GuestContext;
  readonly #states = new Map<number, State>();
  /** The exchanges whose answer is not complete. */
  readonly #underWay = new Set<number>();
  #last = 0;

  constructor(context: GuestContext) {
    this.#context = context;
    const { channel, instance } = context;
    const on = (op: string, take: (state: State, message: Record<string, unknown>) => void) =>
      channel.on(op, (message) => {
        const state = message.instance === instance ? this.#states.get(message.id as number) : undefined;
        if (state) take(state, message);
      });
    on("http.response", (state, { status, headers }) => {
      state.response = { type: "headers", status: status as number, headers: headers as [string, string][] };
    });
    on("http.chunk", (state, { bytes }) => void state.chunks.push(bytes as Uint8Array));
    on("http.end", (state, { id, trailers }) => {
      state.trailers = trailers as [string, string][];
      this.#underWay.delete(id as number);
    });
    on("http.error", (state, { id, code }) => {
      state.error = code as HttpErrorCode;
      this.#underWay.delete(id as number);
    });
    on("http.sent", (state, { bytes }) => {
      state.underWay -= bytes as number;
    });
  }

  /**
   * Sends the request. In a replay it sends nothing, and the answer comes from the record only. If nothing was to be recorded, there is
   * none. Then the request is sent when its answer is first asked for, and that time the answer is still pending, as on Golem 1.2. A
   * JavaScript component does not ask again, and traps (recording `persist-nothing`).
   * @throws OverLimit when too many are under way
   */
  open(request: Omit<HttpStart, "left">): Exchange {
    const { channel, journal, instance } = this.#context;
    const id = ++this.#last;
    const state: State = { chunks: [], underWay: 0, early: [] };
    let sent = journal.live;
    const post = (op: string, more: object = {}, bytes = 0) => {
      if (sent) channel.post({ op, instance, id, ...more }, bytes);
      else if (journal.persistNothing) state.early.push({ op, instance, id, ...more });
    };
    const send = (left: boolean) => {
      this.#begin(id);
      sent = true;
      post("http.start", { request: { ...request, left } });
      for (const message of state.early.splice(0)) channel.post(message);
    };
    this.#states.set(id, state);
    if (sent) send(false);

    const over = () => state.error !== undefined || state.trailers !== undefined;
    const take = (length: number): Uint8Array => {
      const chunk = state.chunks[0] as Uint8Array;
      const part = chunk.slice(0, length);
      if (part.length === chunk.length) state.chunks.shift();
      else state.chunks[0] = chunk.subarray(part.length);
      post("http.more", { bytes: part.length });
      return part;
    };
    const cancel = () => {
      this.#underWay.delete(id);
      post("http.cancel");
    };
    const exchange: Exchange = {
      answered: () => !sent || state.response !== undefined || state.error !== undefined,
      response() {
        channel.pump();
        if (!sent && journal.persistNothing) send(true);
        if (state.response) return state.response;
        return state.error ? { type: "error", code: state.error } : { type: "pending" };
      },
      readable: () => !sent || state.chunks.length > 0 || over(),
      read(length, blocking) {
        channel.pump();
        while (blocking && !exchange.readable()) channel.wait();
        if (state.chunks.length > 0) return { ok: take(length) };
        if (state.error) return { failed: state.error };
        return state.trailers ? { closed: true } : { ok: new Uint8Array() };
      },
      finished: () => !sent || over(),
      trailers() {
        channel.pump();
        if (state.error) return { failed: state.error };
        if (!state.trailers) return { pending: true };
        return { ok: state.trailers.length > 0 ? state.trailers : null };
      },
      cancel() {
        if (!over()) cancel();
      },
      write(bytes) {
        while (sent && state.underWay >= bodyWindow && !over()) channel.wait();
        state.underWay += bytes.length;
        post("http.body", { bytes }, bytes.length);
      },
      end: (trailers) => post("http.body-end", { trailers }),
      abort: cancel,
    };
    return exchange;
  }

  #begin(id: number): void {
    const { requests } = this.#context.limits;
    if (this.#underWay.size >= requests)
      throw new OverLimit(
        `has ${requests} HTTP requests under way, the most that a worker may have`,
        "read answers to their end before the next request",
      );
    this.#underWay.add(id);
  }
}
