import type { HttpRequestRecord } from "../../oplog/payloads.js";
import type { Journal } from "../journal.js";
import type { Exchange } from "./http-exchange.js";
import type { Io } from "./io.js";

/** What the objects of an exchange make pollables and streams with. */
export interface BodyStreams extends Pick<Io, "Pollable"> {
  BodyStream: new (open: OpenExchange) => InstanceType<Io["InputStream"]>;
}

/**
 * The oplog's view of an exchange, from `BeginRemoteWrite` to `EndRemoteWrite`. The end is recorded by whoever has it last:
 * the future, the response, the body or its stream. An exchange that never ends is asked for again in each recovery.
 */
export class OpenExchange {
  readonly journal: Journal;
  readonly exchange: Exchange;
  readonly streams: BodyStreams;
  readonly #begin: number;
  readonly #spanId: string;
  readonly #request: HttpRequestRecord;
  #owner: object | undefined;
  #ended = false;

  /** @param begin index of its `BeginRemoteWrite` */
  constructor(
    { journal, exchange, streams }: Pick<OpenExchange, "journal" | "exchange" | "streams">,
    { begin, spanId, request }: { begin: number; spanId: string; request: HttpRequestRecord },
  ) {
    this.journal = journal;
    this.exchange = exchange;
    this.streams = streams;
    this.#begin = begin;
    this.#spanId = spanId;
    this.#request = request;
  }

  /** Makes the call, or reads from the record what it gave. */
  recorded<T>(name: string, run: () => T): T {
    return this.journal.batched<T>(name, this.#begin, this.#request, run);
  }

  /** Hands the exchange on, if it is still with the one that gives it. */
  pass(from: object | undefined, to: object): void {
    if (this.#owner === from) this.#owner = to;
  }

  /** Records the end, when the one that has the exchange is done with it. */
  end(owner: object): void {
    if (this.#ended || this.#owner !== owner) return;
    this.#ended = true;
    this.journal.endBatch(this.#begin);
    this.journal.finishSpan(this.#spanId);
  }

  /** The component drops one of the exchange's objects: nobody wants the rest if that one had it. */
  drop(owner: object): void {
    if (this.#owner === owner) this.exchange.cancel();
    this.end(owner);
  }
}
