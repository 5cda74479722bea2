import { describe, expect, test } from "vitest";
import type { OplogEntry } from "../src/oplog/entries.js";
import { durationText, publicEntry } from "../src/oplog/public.js";
import { matches } from "../src/oplog/query.js";

const at = Date.UTC(2026, 10, 23, 11, 17, 17, 54) + 0.25;
const str = { type: "Str" } as const;

const call = (functionName: string, response: unknown, request: unknown = null): OplogEntry => ({
  at,
  type: "ImportedFunctionInvoked",
  functionName,
  kind: "WriteRemoteBatched",
  beginIndex: 5,
  request,
  response,
});

describe("an entry in the JSON of Golem's REST API", () => {
  test("Create, as a Golem 1.2.0 server answered", () => {
    const entry: OplogEntry = {
      at,
      type: "Create",
      componentId: "c",
      workerName: "w1",
      componentVersion: 0,
      args: [],
      env: {},
      componentSize: 12341504,
      linearMemory: 9502720,
    };
    expect(publicEntry(entry)).toEqual({
      account_id: "-1",
      args: [],
      component_size: 12341504,
      component_version: 0,
      env: {},
      initial_active_plugins: [],
      initial_total_linear_memory_size: 9502720,
      parent: null,
      timestamp: "2026-11-23T11:17:17.054Z",
      type: "Create",
      worker_id: { componentId: "c", workerName: "w1" },
    });
  });

  test("Create has the arguments and variables that the worker was made with", () => {
    const made = { args: ["one", "two words"], env: { PROBE: "yes", OTHER: "" } };
    const entry: OplogEntry = {
      at,
      type: "Create",
      componentId: "c",
      workerName: "w1",
      componentVersion: 3,
      componentSize: 1,
      linearMemory: 1,
      ...made,
    };
    expect(publicEntry(entry)).toMatchObject({ ...made, component_version: 3 });
  });

  test.each(["ReadLocal", "WriteLocal", "ReadRemote", "WriteRemote"] as const)(
    "a host call has its kind, what it was given and what it gave: %s",
    (kind) => {
      const called: OplogEntry = {
        at,
        type: "ImportedFunctionInvoked",
        functionName: "golem keyvalue::eventual::get",
        kind,
        request: { bucket: "b", key: "k" },
        response: new Uint8Array([1, 2]),
      };
      expect(publicEntry(called)).toMatchObject({
        function_name: "golem keyvalue::eventual::get",
        wrapped_function_type: { type: kind },
        request: { value: { bucket: "b", key: "k" } },
        response: { value: { ok: [1, 2] } },
      });
      expect(publicEntry(called).wrapped_function_type).toEqual({ type: kind });
    },
  );

  test("a changed policy has durations as text, and leaves out a multiplier that JSON cannot express", () => {
    const policy = { maxAttempts: 2, minDelay: 50_000_000n, maxDelay: 1_000_000_000n, multiplier: 1 };
    const entry: OplogEntry = { at, type: "ChangeRetryPolicy", policy };
    expect(publicEntry(entry).new_policy).toEqual({
      max_attempts: 2,
      min_delay: "50ms",
      max_delay: "1s",
      multiplier: 1,
      max_jitter_factor: null,
    });
    const odd = publicEntry({ ...entry, policy: { ...policy, multiplier: Number.NaN } }).new_policy;
    expect(odd).not.toHaveProperty("multiplier");
  });

  test("results are a tuple of none or one", () => {
    const completed = (response: { typ: unknown; value: unknown } | null) =>
      publicEntry({ at, type: "ExportedFunctionCompleted", response }).response;
    expect(completed(null)).toEqual({ typ: { type: "Tuple", items: [] }, value: [] });
    expect(completed({ typ: str, value: "x" })).toEqual({ typ: { type: "Tuple", items: [str] }, value: ["x"] });
  });

  test.each([
    [{ type: "pending" }, { Pending: null }],
    [
      {
        type: "headers",
        status: 503,
        headers: [
          ["a", "1"],
          ["a", "2"],
        ],
      },
      { HeadersReceived: { status: 503, headers: { a: ["1", "2"] } } },
    ],
    [{ type: "error", code: { tag: "connection-refused" } }, { HttpError: { ConnectionRefused: null } }],
    [{ type: "error", code: { tag: "HTTP-protocol-error" } }, { HttpError: { HttpProtocolError: null } }],
  ])("an HTTP response on record: %j", (record, value) => {
    const entry = publicEntry(call("http::types::future_incoming_response::get", record));
    expect(entry.response).toMatchObject({ value });
    expect(entry.wrapped_function_type).toEqual({ type: "WriteRemoteBatched", index: 5 });
  });

  test("what a host function gave is a result", () => {
    const key = { highBits: 0xc70a735012dc5d49n, lowBits: 0xc6a999986feda31n };
    expect(publicEntry(call("golem api::generate_idempotency_key", key)).response).toEqual({
      typ: { type: "Result", ok: str, err: null },
      value: { ok: "c70a7350-12dc-5d49-0c6a-999986feda31" },
    });
    const read = publicEntry(call("http::types::incoming_body_stream::read", { ok: new Uint8Array([104, 105]) }));
    expect(read.response).toMatchObject({ value: { ok: [104, 105] } });
    const closed = publicEntry(call("http::types::incoming_body_stream::read", { closed: true }));
    expect(closed.response).toMatchObject({ value: { err: { Closed: null } } });
  });
});

test.each([
  [0n, "0s"],
  [500_000n, "0s"],
  [150_000_000n, "150ms"],
  [90_000_000_000n, "1m 30s"],
  [1_000_000_000_000_000n, "11days 13h 46m 40s"],
  [9_007_199_254_740_991n, "3months 12days 22h 19m 11s 254ms"],
])("%d ns are %s, as recorded from a Golem 1.2.0 server", (nanoseconds, text) => {
  expect(durationText(nanoseconds)).toBe(text);
});

describe("a query", () => {
  const policy: OplogEntry = {
    at,
    type: "ChangeRetryPolicy",
    policy: { maxAttempts: 1, minDelay: 0n, maxDelay: 0n, multiplier: 1 },
  };
  const error: OplogEntry = { at, type: "Error", error: "wasm trap: unreachable (orders.js)" };
  const invoked: OplogEntry = {
    at,
    type: "ExportedFunctionInvoked",
    functionName: "demo:shop/api.{order}",
    request: [{ typ: { type: "Record", fields: [{ name: "id", typ: str }] }, value: { id: "Seven" } }],
    idempotencyKey: "key-1",
    traceId: "",
  };
  const entries = { policy, error, invoked };

  test.each([
    ["change-retry-policy", ["policy"]],
    ["ChangeRetryPolicy", ["policy"]],
    ["order", ["error", "invoked"]],
    ["exported-function order", ["invoked"]],
    ["order AND NOT error", ["invoked"]],
    ["NOT order", ["policy"]],
    ["error OR policy", ["policy", "error"]],
    ["(error OR seven) AND order", ["error", "invoked"]],
    ["id:seven", ["invoked"]],
    ["id = (seven OR eight)", ["invoked"]],
    ["name:seven", []],
    ['"unreachable (orders"', ["error"]],
    ['"Unreachable"', []],
    ["/trap: .*js/", ["error"]],
    ["demo\\:shop", ["invoked"]],
    ["key-1", ["invoked"]],
  ])("%s finds %j", (query, found) => {
    const names = Object.entries(entries).filter(([, entry]) => matches(entry, query));
    expect(names.map(([name]) => name)).toEqual(found);
  });

  test.each([
    ["", "at 1 "],
    ["a AND", "at 3 "],
    ["(a", "its end"],
    ["a)", 'found ")"'],
    ['"open', "at 1 "],
  ])("%j is none, and the error says where", (query, where) => {
    expect(() => matches(error, query)).toThrow(SyntaxError);
    expect(() => matches(error, query)).toThrow(where);
  });
});
