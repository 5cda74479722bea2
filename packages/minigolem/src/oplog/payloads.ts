/**
 * What host calls leave in the oplog where it is more than a plain value: request and response of `ImportedFunctionInvoked`
 * entries, by function name. `public.ts` shows them as Golem's REST API does.
 */

/** An outgoing request, in each entry of its exchange. The URI has no scheme, as Golem's has none. */
export interface HttpRequestRecord {
  uri: string;
  method: string;
  headers: Record<string, string>;
}

/** `wasi:http/types` error-code: `connection-refused`, `DNS-error`, … with its payload. */
export interface HttpErrorCode {
  tag: string;
  val?: unknown;
}

/** `http::types::future_incoming_response::get` */
export type HttpResponseRecord =
  | { type: "pending" }
  /** Header names may repeat; the values are text in Latin-1. */
  | { type: "headers"; status: number; headers: [string, string][] }
  | { type: "error"; code: HttpErrorCode }
  /** Asked for a second time. */
  | { type: "taken" };

/** `http::types::incoming_body_stream::{read,blocking_read,skip,blocking_skip}`; `ok` of the skips is a number of bytes. */
export type StreamReadRecord<T = Uint8Array | number> = { ok: T } | { closed: true } | { failed: HttpErrorCode };

/** `golem http::types::future_trailers::get` */
export type TrailersRecord = { pending: true } | { ok: [string, string][] | null } | { failed: HttpErrorCode };

/** `golem keyvalue::eventual::*`; of a value that is set only its size is on record. */
export interface KeyvalueRequest {
  bucket: string;
  key: string;
  size?: number;
}
