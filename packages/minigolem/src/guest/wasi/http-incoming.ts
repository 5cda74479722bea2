import type { HttpResponseRecord, TrailersRecord } from "../../oplog/payloads.js";
import { Fields } from "./http-fields.js";
import type { OpenExchange } from "./http-open-exchange.js";

/** `wasi:http/types` future-trailers. */
export class FutureTrailers {
  constructor(readonly open: OpenExchange) {}
  subscribe() {
    const { streams, exchange } = this.open;
    return new streams.Pollable({ ready: () => exchange.finished() });
  }
  get() {
    const record = this.open.journal.durable<TrailersRecord>(
      "golem http::types::future_trailers::get",
      "ReadRemote",
      null,
      () => this.open.exchange.trailers(),
    );
    if ("pending" in record) return undefined;
    if ("failed" in record) return { tag: "ok", val: { tag: "err", val: record.failed } };
    return { tag: "ok", val: { tag: "ok", val: record.ok ? Fields.of(record.ok) : undefined } };
  }
  [Symbol.dispose](): void {}
}

/** `wasi:http/types` incoming-body. */
export class IncomingBody {
  #taken = false;
  constructor(readonly open: OpenExchange) {}
  stream() {
    if (this.#taken) throw undefined;
    this.#taken = true;
    const stream = new this.open.streams.BodyStream(this.open);
    this.open.pass(this, stream);
    return stream;
  }
  static finish(body: IncomingBody): FutureTrailers {
    body.open.end(body);
    return new FutureTrailers(body.open);
  }
  [Symbol.dispose](): void {
    this.open.drop(this);
  }
}

/** `wasi:http/types` incoming-response. */
export class IncomingResponse {
  #taken = false;
  constructor(
    readonly open: OpenExchange,
    readonly record: Extract<HttpResponseRecord, { type: "headers" }>,
  ) {}
  status(): number {
    return this.record.status;
  }
  headers(): Fields {
    return Fields.of(this.record.headers);
  }
  consume(): IncomingBody {
    if (this.#taken) throw undefined;
    this.#taken = true;
    const body = new IncomingBody(this.open);
    this.open.pass(this, body);
    return body;
  }
  [Symbol.dispose](): void {
    this.open.drop(this);
  }
}

/** `wasi:http/types` future-incoming-response: the first to have its exchange. */
export class FutureIncomingResponse {
  #taken = false;
  constructor(readonly open: OpenExchange) {
    open.pass(undefined, this);
  }
  subscribe() {
    const { streams, exchange } = this.open;
    return new streams.Pollable({ ready: () => exchange.answered() });
  }
  get() {
    const record = this.open.recorded<HttpResponseRecord>("http::types::future_incoming_response::get", () =>
      this.#taken ? { type: "taken" } : this.open.exchange.response(),
    );
    if (record.type === "pending") return undefined;
    if (record.type === "taken") return { tag: "err" };
    this.#taken = true;
    if (record.type === "error") return { tag: "ok", val: { tag: "err", val: record.code } };
    const response = new IncomingResponse(this.open, record);
    this.open.pass(this, response);
    return { tag: "ok", val: { tag: "ok", val: response } };
  }
  [Symbol.dispose](): void {
    this.open.drop(this);
  }
}
