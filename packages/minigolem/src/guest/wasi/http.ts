import { randomBytes } from "node:crypto";
import type { HttpErrorCode } from "../../oplog/payloads.js";
import type { GuestContext, Imports } from "../context.js";
import { OutgoingBody } from "./http-body.js";
import { bodyStream } from "./http-body-stream.js";
import { Exchanges } from "./http-exchange.js";
import { Fields } from "./http-fields.js";
import { FutureIncomingResponse, FutureTrailers, IncomingBody, IncomingResponse } from "./http-incoming.js";
import { OpenExchange } from "./http-open-exchange.js";
import { OutgoingRequest, RequestOptions } from "./http-request.js";
import { IncomingRequest, OutgoingResponse, ResponseOutparam } from "./http-serving.js";
import type { Io } from "./io.js";

const milliseconds = (ns: bigint | undefined) => (ns === undefined ? undefined : Number(ns) / 1e6);

/** wasi:http's client side. Requests go out by the main thread, with bodies streamed both ways. */
export function http(context: GuestContext, io: Io): Imports {
  const { journal } = context;
  const exchanges = new Exchanges(context);
  const streams = { Pollable: io.Pollable, BodyStream: bodyStream(io) };

  class Body extends OutgoingBody {
    static override streams = io;
  }
  class Request extends OutgoingRequest {
    protected override newBody(): Body {
      return new Body();
    }
  }

  function handle(request: OutgoingRequest, options?: RequestOptions): FutureIncomingResponse {
    const { method, scheme, authority, path, body, headers } = request.parts();
    const begin = journal.beginBatch();
    const uri = `${authority}${path}`;
    const attributes = { name: "outgoing-http-request", "request.uri": uri, "request.method": method };
    const spanId = journal.startSpan({ spanId: randomBytes(8).toString("hex"), attributes });
    const sent: [string, string][] = [...headers, ["traceparent", `00-${context.traceId()}-${spanId}-01`]];
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
    const recorded = { uri, method, headers: Object.fromEntries(sent) };
    return new FutureIncomingResponse(
      new OpenExchange({ journal, exchange, streams }, { begin, spanId, request: recorded }),
    );
  }

  return {
    "wasi:http/types": {
      Fields,
      FutureIncomingResponse,
      FutureTrailers,
      IncomingBody,
      IncomingRequest,
      IncomingResponse,
      OutgoingBody: Body,
      OutgoingRequest: Request,
      OutgoingResponse,
      RequestOptions,
      ResponseOutparam,
      httpErrorCode: (error: InstanceType<Io["IoError"]>) => error.code,
    },
    "wasi:http/outgoing-handler": { handle },
  };
}
