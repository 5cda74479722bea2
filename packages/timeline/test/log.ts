import type { IndexedEntry } from "../src/index.js";

const start = Date.parse("2026-01-01T00:00:00.000Z");

export type Line = [ms: number, type: string, fields?: Record<string, unknown>];

/** An oplog in short: lines of time, type and fields. */
export function log(...lines: (Line | Line[])[]): IndexedEntry[] {
  const flat = lines.flatMap((line): Line[] => (Array.isArray(line[0]) ? (line as Line[]) : [line as Line]));
  return flat.map(([ms, type, fields], i) => ({
    oplogIndex: i + 1,
    entry: { type, timestamp: new Date(start + ms).toISOString(), ...fields },
  }));
}

export const invoked = (ms: number, name: string, key = "k"): Line => [
  ms,
  "ExportedFunctionInvoked",
  { function_name: `demo:app-exports/api.{${name}}`, idempotency_key: key, request: [] },
];

/** The entries of a GET that was answered. */
export function get(ms: number, path: string, status: number): Line[] {
  const request = { typ: {}, value: { uri: `localhost${path}`, method: "GET", headers: {} } };
  const response = { typ: {}, value: { HeadersReceived: { status, headers: {} } } };
  const call = { function_name: "http::types::future_incoming_response::get", request, response };
  return [
    [ms, "BeginRemoteWrite"],
    [ms, "StartSpan"],
    [ms + 4, "ImportedFunctionInvoked", call],
    [ms + 5, "EndRemoteWrite"],
    [ms + 5, "FinishSpan"],
  ];
}

export const policy = (ms: number, retries: number, min: string, max: string, multiplier: number): Line => [
  ms,
  "ChangeRetryPolicy",
  { new_policy: { max_attempts: retries, min_delay: min, max_delay: max, multiplier, max_jitter_factor: null } },
];

export const imported = (ms: number, name: string, value: unknown = null): Line => [
  ms,
  "ImportedFunctionInvoked",
  { function_name: name, request: { typ: {}, value: null }, response: { typ: {}, value: { ok: value } } },
];

/** What a durable step keeps: `due` in milliseconds since the log's start. */
export const progress = (due: number): number[] => [
  ...new TextEncoder().encode(JSON.stringify({ attempt: 1, due: start + due, step: 0.5 })),
];

export const stderr = (ms: number, message: string): Line => [ms, "Log", { level: "Stderr", context: "", message }];
export const trap = (ms: number, error = "error while executing at wasm backtrace:\n 0: 0x1"): Line => [
  ms,
  "Error",
  { error },
];
export const onPurpose = "error: Attempted to jump forward in oplog to index 4611686018427387905 from 9";
