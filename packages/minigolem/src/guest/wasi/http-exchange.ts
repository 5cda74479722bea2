import type { HttpErrorCode, HttpResponseRecord, StreamReadRecord, TrailersRecord } from "../../oplog/payloads.js";
import type { GuestContext } from "../context.js";
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
}

/** The exchanges of one instance. */
export class Exchanges {
  readonly #context: GuestContext;
  readonly #states = new Map<number, State>();
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
    on("http.end", (state, { trailers }) => {
      state.trailers = trailers as [string, string][];
    });
    on("http.error", (state, { code }) => {
      state.error = code as HttpErrorCode;
    });
    on("http.sent", (state, { bytes }) => {
      state.underWay -= bytes as number;
    });
  }

  /**
   * Sends the request. In a replay it sends nothing, and the answer comes from the record only. If nothing was to be recorded, there is
   * none. Then the request is sent when its answer is first asked for, and the answer stays pending. Golem 1.2 does the same, and a
   * JavaScript component does not survive it (recording `persist-nothing`).
   */
  open(request: Omit<HttpStart, "left">): Exchange {
    const { channel, journal, instance } = this.#context;
    const id = ++this.#last;
    const state: State = { chunks: [], underWay: 0 };
    const sent = journal.live;
    const post = (op: string, more: object = {}) => {
      if (sent) channel.post({ op, instance, id, ...more });
    };
    this.#states.set(id, state);
    post("http.start", { request: { ...request, left: false } });

    const over = () => state.error !== undefined || state.trailers !== undefined;
    const take = (length: number): Uint8Array => {
      const chunk = state.chunks[0] as Uint8Array;
      const part = chunk.slice(0, length);
      if (part.length === chunk.length) state.chunks.shift();
      else state.chunks[0] = chunk.subarray(part.length);
      post("http.more", { bytes: part.length });
      return part;
    };
    const exchange: Exchange = {
      answered: () => !sent || state.response !== undefined || state.error !== undefined,
      response() {
        channel.pump();
        if (!sent && journal.persistNothing)
          channel.post({ op: "http.start", instance, id, request: { ...request, left: true } });
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
        if (!over()) post("http.cancel");
      },
      write(bytes) {
        if (!sent) return;
        while (state.underWay >= bodyWindow && !over()) channel.wait();
        state.underWay += bytes.length;
        post("http.body", { bytes });
      },
      end: (trailers) => post("http.body-end", { trailers }),
      abort: () => post("http.cancel"),
    };
    return exchange;
  }
}
