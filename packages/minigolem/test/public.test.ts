import { describe, expect, test } from "vitest";
import { GolemFault } from "../src/fault.js";
import type { OplogEntry } from "../src/oplog/entries.js";
import { durationText, publicEntry } from "../src/oplog/public.js";

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

  const invocation = { functionName: "a:b/c.{run}", request: [], idempotencyKey: "k", traceId: "ab12" };
  const traced = { trace_id: "ab12", trace_states: [], invocation_context: [] };
  type Kind = OplogEntry extends infer E ? (E extends OplogEntry ? Omit<E, "at"> : never) : never;

  test.each<[Kind, object]>([
    [{ type: "NoOp" }, {}],
    [
      { type: "ExportedFunctionInvoked", ...invocation },
      { function_name: "a:b/c.{run}", request: [], idempotency_key: "k", ...traced },
    ],
    [
      { type: "PendingWorkerInvocation", ...invocation },
      {
        invocation: {
          type: "ExportedFunction",
          full_function_name: "a:b/c.{run}",
          function_input: [],
          idempotency_key: "k",
          ...traced,
        },
      },
    ],
    [{ type: "Error", error: "trap" }, { error: "trap" }],
    [{ type: "Jump", jump: { start: 2, end: 3 } }, { jump: { start: 2, end: 3 } }],
    [{ type: "Revert", droppedRegion: { start: 2, end: 3 } }, { dropped_region: { start: 2, end: 3 } }],
    [{ type: "EndAtomicRegion", beginIndex: 4 }, { begin_index: 4 }],
    [{ type: "EndRemoteWrite", beginIndex: 4 }, { begin_index: 4 }],
    [
      { type: "PendingUpdate", targetVersion: 2 },
      { target_version: 2, description: { type: "Automatic" } },
    ],
    [
      { type: "SuccessfulUpdate", targetVersion: 2, componentSize: 7 },
      { target_version: 2, new_component_size: 7, new_active_plugins: [] },
    ],
    [
      { type: "FailedUpdate", targetVersion: 2 },
      { target_version: 2, details: null },
    ],
    [
      { type: "FailedUpdate", targetVersion: 2, details: "why" },
      { target_version: 2, details: "why" },
    ],
    [{ type: "GrowMemory", delta: 65_536 }, { delta: 65_536 }],
    [{ type: "CreateResource", id: 5 }, { id: 5 }],
    [{ type: "DropResource", id: 5 }, { id: 5 }],
    [
      { type: "Log", level: "Stderr", context: "c", message: "m" },
      { level: "Stderr", context: "c", message: "m" },
    ],
    [{ type: "CancelInvocation", idempotencyKey: "k" }, { idempotency_key: "k" }],
    [
      { type: "StartSpan", spanId: "s", attributes: { "request.method": "GET" } },
      {
        span_id: "s",
        parent_id: null,
        linked_context: null,
        attributes: { "request.method": { type: "String", value: "GET" } },
      },
    ],
    [
      { type: "StartSpan", spanId: "s", parentId: "p", attributes: {} },
      { span_id: "s", parent_id: "p", linked_context: null, attributes: {} },
    ],
    [{ type: "FinishSpan", spanId: "s" }, { span_id: "s" }],
  ])("has its fields under Golem's names: %o", (kind, fields) => {
    expect(publicEntry({ at, ...kind } as OplogEntry)).toEqual({
      type: kind.type,
      timestamp: "2026-11-23T11:17:17.054Z",
      ...fields,
    });
  });

  test("cannot be shown where Golem cannot parse the function's name", () => {
    const unreadable: OplogEntry = { at, type: "PendingWorkerInvocation", ...invocation, functionName: "{" };
    expect(() => publicEntry(unreadable)).toThrow(GolemFault);
    expect(() => publicEntry(unreadable)).toThrow("Unknown: Parse error at line: 1, column: 1");
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
    [{ type: "error", code: { tag: "internal-error", val: "broken" } }, { HttpError: { InternalError: "broken" } }],
    [{ type: "taken" }, { InternalError: "the response was taken before" }],
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
    const failed = { failed: { tag: "connection-terminated", val: null } };
    expect(publicEntry(call("http::types::incoming_body_stream::skip", failed)).response).toMatchObject({
      value: { err: { LastOperationFailed: { ConnectionTerminated: null } } },
    });
    const closed = publicEntry(call("http::types::incoming_body_stream::read", { closed: true }));
    expect(closed.response).toMatchObject({ value: { err: { Closed: null } } });
    const other = publicEntry(call("golem io::poll::poll", { failed: true }));
    expect(other.response).toMatchObject({ value: { ok: { failed: true } } });
  });

  test.each([
    [{ pending: true }, null],
    [{ ok: null }, { ok: null }],
    [{ failed: { tag: "connection-terminated" } }, { err: { ConnectionTerminated: null } }],
  ])("trailers may still be to come: %j", (record, value) => {
    expect(publicEntry(call("golem http::types::future_trailers::get", record)).response).toMatchObject({ value });
  });

  test("a write that began nowhere has no index, and only the clock's request is this engine's own", () => {
    const { beginIndex: _, ...rest } = call("monotonic_clock::now", 7, 3) as OplogEntry & { beginIndex?: number };
    expect(publicEntry(rest as OplogEntry)).toMatchObject({
      wrapped_function_type: { type: "WriteRemoteBatched", index: null },
      request: { value: null },
      response: { value: { ok: 7 } },
    });
    expect(publicEntry(call("wall_clock::now", 7, 3))).toMatchObject({ request: { value: 3 } });
  });
});

test.each([
  [0n, "0s"],
  [500_000n, "0s"],
  [150_000_000n, "150ms"],
  [90_000_000_000n, "1m 30s"],
  [1_000_000_000_000_000n, "11days 13h 46m 40s"],
  [31_557_600_000_000_000n, "1year"],
  [63_115_200_000_000_000n, "2years"],
  [2_630_016_000_000_000n, "1month"],
  [90_000_000_000_000n, "1day 1h"],
  [7_200_000_000_000n, "2h"],
  [9_007_199_254_740_991n, "3months 12days 22h 19m 11s 254ms"],
])("%d ns are %s, as a Golem 1.2.0 server writes it", (nanoseconds, text) => {
  expect(durationText(nanoseconds)).toBe(text);
});
