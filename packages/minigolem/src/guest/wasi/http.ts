import { randomBytes } from "node:crypto";
import type {
  HttpErrorCode,
  HttpRequestRecord,
  HttpResponseRecord,
  StreamReadRecord,
  TrailersRecord,
} from "../../oplog/payloads.js";
import type { GuestContext, Imports } from "../context.js";
import { HostTrap } from "../signals.js";
import { OutgoingBody } from "./http-body.js";
import { type Exchange, Exchanges } from "./http-exchange.js";
import { Fields } from "./http-fields.js";
import { outgoingRequest, RequestOptions } from "./http-request.js";
import type { Io } from "./io.js";

/**
 * The oplog's view of an exchange, from `BeginRemoteWrite` to `EndRemoteWrite`. The end is recorded by whoever has it last:
 * the future, the response, the body or its stream. An exchange that never ends is asked for again in each recovery.
 */
interface OpenExchange {
  begin: number;
  spanId: string;
  request: HttpRequestRecord;
  owner: object;
  ended: boolean;
}

const milliseconds = (ns: bigint | undefined) => (ns === undefined ? undefined : Number(ns) / 1e6);

/** wasi:http's client side. Requests go out by the main thread, with bodies streamed both ways. */
export function http(context: GuestContext, streams: Io): Imports {
  const { journal } = context;
  const { Pollable, InputStream, IoError } = streams;
  const exchanges = new Exchanges(context);

  class Body extends OutgoingBody {
    static override streams = streams;
  }
  const OutgoingRequest = outgoingRequest(Body);

  function end(open: OpenExchange, owner: object): void {
    if (open.ended || open.owner !== owner) return;
    open.ended = true;
    journal.endBatch(open.begin);
    journal.finishSpan(open.spanId);
  }

  class BodyStream extends InputStream {
    constructor(
      readonly open: OpenExchange,
      readonly exchange: Exchange,
    ) {
      super();
    }
    #take<T extends Uint8Array | number>(
      name: string,
      blocking: boolean,
      length: bigint,
      as: (bytes: Uint8Array) => T,
    ): T {
      const record = journal.batched<StreamReadRecord<T>>(
        `http::types::incoming_body_stream::${name}`,
        this.open.begin,
        this.open.request,
        () => {
          const read = this.exchange.read(Number(length), blocking);
          return "ok" in read ? { ok: as(read.ok) } : read;
        },
      );
      if ("ok" in record) return record.ok;
      if ("closed" in record) {
        end(this.open, this);
        throw { tag: "closed" };
      }
      throw { tag: "last-operation-failed", val: new IoError(record.failed.tag, record.failed) };
    }
    override read(length: bigint): Uint8Array {
      return this.#take("read", false, length, (bytes) => bytes);
    }
    override blockingRead(length: bigint): Uint8Array {
      return this.#take("blocking_read", true, length, (bytes) => bytes);
    }
    override skip(length: bigint): bigint {
      return BigInt(this.#take("skip", false, length, (bytes) => bytes.length));
    }
    override blockingSkip(length: bigint): bigint {
      return BigInt(this.#take("blocking_skip", true, length, (bytes) => bytes.length));
    }
    override subscribe() {
      return new Pollable({ ready: () => this.exchange.readable() });
    }
    override [Symbol.dispose](): void {
      if (this.open.owner === this) this.exchange.cancel();
      end(this.open, this);
    }
  }

  class FutureTrailers {
    constructor(readonly exchange: Exchange) {}
    subscribe() {
      return new Pollable({ ready: () => this.exchange.finished() });
    }
    get() {
      const record = journal.durable<TrailersRecord>(
        "golem http::types::future_trailers::get",
        "ReadRemote",
        null,
        () => this.exchange.trailers(),
      );
      if ("pending" in record) return undefined;
      if ("failed" in record) return { tag: "ok", val: { tag: "err", val: record.failed } };
      return { tag: "ok", val: { tag: "ok", val: record.ok ? Fields.of(record.ok) : undefined } };
    }
    [Symbol.dispose](): void {}
  }

  class IncomingBody {
    #taken = false;
    constructor(
      readonly open: OpenExchange,
      readonly exchange: Exchange,
    ) {}
    stream(): BodyStream {
      if (this.#taken) throw undefined;
      this.#taken = true;
      const stream = new BodyStream(this.open, this.exchange);
      if (this.open.owner === this) this.open.owner = stream;
      return stream;
    }
    static finish(body: IncomingBody): FutureTrailers {
      end(body.open, body);
      return new FutureTrailers(body.exchange);
    }
    [Symbol.dispose](): void {
      if (this.open.owner === this) this.exchange.cancel();
      end(this.open, this);
    }
  }

  class IncomingResponse {
    #taken = false;
    constructor(
      readonly open: OpenExchange,
      readonly exchange: Exchange,
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
      const body = new IncomingBody(this.open, this.exchange);
      if (this.open.owner === this) this.open.owner = body;
      return body;
    }
    [Symbol.dispose](): void {
      if (this.open.owner === this) this.exchange.cancel();
      end(this.open, this);
    }
  }

  class FutureIncomingResponse {
    #taken = false;
    constructor(
      readonly open: OpenExchange,
      readonly exchange: Exchange,
    ) {}
    subscribe() {
      return new Pollable({ ready: () => this.exchange.answered() });
    }
    get() {
      const name = "http::types::future_incoming_response::get";
      const record = journal.batched<HttpResponseRecord>(name, this.open.begin, this.open.request, () =>
        this.#taken ? { type: "taken" } : this.exchange.response(),
      );
      if (record.type === "pending") return undefined;
      if (record.type === "taken") return { tag: "err" };
      this.#taken = true;
      if (record.type === "error") return { tag: "ok", val: { tag: "err", val: record.code } };
      const response = new IncomingResponse(this.open, this.exchange, record);
      if (this.open.owner === this) this.open.owner = response;
      return { tag: "ok", val: { tag: "ok", val: response } };
    }
    [Symbol.dispose](): void {
      if (this.open.owner === this) this.exchange.cancel();
      end(this.open, this);
    }
  }

  function handle(request: InstanceType<typeof OutgoingRequest>, options?: RequestOptions): FutureIncomingResponse {
    const { method, scheme, authority, path, body, headers } = request.parts();
    const begin = journal.beginBatch();
    const uri = `${authority}${path}`;
    const attributes = { name: "outgoing-http-request", "request.uri": uri, "request.method": method };
    const spanId = journal.startSpan({ spanId: randomBytes(8).toString("hex"), attributes });
    const sent: [string, string][] = [...headers, ["traceparent", `00-${context.traceId()}-${spanId}-01`]];
    const open: OpenExchange = {
      begin,
      spanId,
      request: { uri, method, headers: Object.fromEntries(sent) },
      owner: request,
      ended: false,
    };
    const refused =
      scheme !== "http" && scheme !== "https" ? "HTTP-protocol-error" : authority === "" && "HTTP-request-URI-invalid";
    if (refused) {
      journal.endBatch(begin);
      throw { tag: refused } satisfies HttpErrorCode;
    }
    const exchange = exchanges.open({
      url: `${scheme}://${authority}${path.startsWith("/") ? path : `/${path}`}`,
      method,
      headers: sent,
      body: body !== undefined,
      connectTimeout: milliseconds(options?.connectTimeout()),
      firstByteTimeout: milliseconds(options?.firstByteTimeout()),
      betweenBytesTimeout: milliseconds(options?.betweenBytesTimeout()),
    });
    if (body) OutgoingBody.send(body, exchange);
    const future = new FutureIncomingResponse(open, exchange);
    open.owner = future;
    return future;
  }

  // Only a component that serves HTTP gets to see one of these, and nothing here makes one.
  const never = (): never => {
    throw new HostTrap("minigolem does not serve HTTP by a component");
  };
  class IncomingRequest {
    [Symbol.dispose](): void {}
  }
  class OutgoingResponse {
    [Symbol.dispose](): void {}
  }
  class ResponseOutparam {
    static set = never;
    [Symbol.dispose](): void {}
  }
  const serving = {
    IncomingRequest: ["method", "pathWithQuery", "scheme", "authority", "headers", "consume"],
    OutgoingResponse: ["statusCode", "setStatusCode", "headers", "body"],
  };
  for (const name of serving.IncomingRequest) Object.defineProperty(IncomingRequest.prototype, name, { value: never });
  for (const name of serving.OutgoingResponse)
    Object.defineProperty(OutgoingResponse.prototype, name, { value: never });

  return {
    "wasi:http/types": {
      Fields,
      FutureIncomingResponse,
      FutureTrailers,
      IncomingBody,
      IncomingRequest,
      IncomingResponse,
      OutgoingBody: Body,
      OutgoingRequest,
      OutgoingResponse,
      RequestOptions,
      ResponseOutparam,
      httpErrorCode: (error: InstanceType<typeof IoError>) => error.code,
    },
    "wasi:http/outgoing-handler": { handle },
  };
}
