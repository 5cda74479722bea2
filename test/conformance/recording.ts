import type { PolicyEntry } from "./durations.ts";

/** One REST call, and what came of it. */
export interface Call {
  label: string;
  method: string;
  path: string;
  idempotencyKey?: string;
  body?: unknown;
  /** Milliseconds since the scenario's start. */
  t: number;
  ms?: number;
  /** Null if there was no answer: `failed` says why. */
  status?: number | null;
  failed?: string;
  contentType?: string | null;
  answer?: unknown;
  /** Of an invocation that succeeded, in place of `answer`. */
  value?: unknown;
  type?: unknown;
  /** What the guest threw, taken from the answer. */
  guest?: string;
}

/** One request that the upstream saw. Header values are numbers: the same number is the same value, false is none. */
export interface UpstreamRequest {
  t: number;
  method: string;
  path: string;
  status: number | "reset" | null;
  aborted?: true;
  bodyLength?: number;
  took?: number;
  headers: {
    names: string[];
    traceparent: number | false;
    traceId: number | false;
    tracestate: number | false;
    idempotencyKey: number | false;
    userAgent: string | false;
  };
}

/** One entry of the public oplog, cut down to what is compared. */
export interface Entry {
  index: number;
  type: string;
  t: number;
  args?: unknown;
  env?: unknown;
  component_version?: unknown;
  function_name?: string;
  kind?: string;
  response?: unknown;
  idempotency_key?: unknown;
  trace_states?: number;
  error?: string;
  length?: number;
  guest?: string;
  jump?: { start: number; end: number };
  dropped_region?: { start: number; end: number };
  policy?: PolicyEntry;
  begin_index?: number;
  level?: string;
  message?: string;
  invocation?: string;
  target_version?: unknown;
  details?: string;
  delta?: number;
  attributes?: unknown;
}

/** From an Error to the next sign of life. */
export interface Wait {
  ms: number | null;
  next: string | null;
  from?: number;
}

export interface WorkerAtEnd {
  status?: string;
  retryCount?: number;
  pendingInvocationCount?: number;
  componentVersion?: number;
  lastError?: string | false;
  /** In place of the others: the worker's metadata was not to be had. */
  http?: number | null;
}

/** How exactly two records of a scenario can be compared. */
export interface Marks {
  /** Result values differ from run to run: their shape is compared. */
  noisy?: boolean;
  /** It goes on for a given time: how many attempts fit in is not exact. */
  loose?: boolean;
  /** Requests overlap, their order is free. */
  unordered?: boolean;
}

/** What an engine did in one scenario. The golden files in recordings/ are of this shape. */
export interface Recording extends Marks {
  group: string;
  name: string;
  component: string;
  failure?: string;
  timedOut: boolean;
  elapsed: number;
  calls: Call[];
  notes: Record<string, unknown>;
  upstream: UpstreamRequest[];
  worker: WorkerAtEnd | null;
  errors: number;
  waits: Wait[];
  /** The entries without clock and random reads, polls and body chunks, in order. */
  significant: string[];
  oplogError?: string;
  oplog: Entry[];
}
