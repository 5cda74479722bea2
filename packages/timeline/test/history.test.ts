import { describe, expect, test } from "vitest";
import { rowsOf, timelineOf } from "../src/index.js";
import { get, imported, invoked, type Line, log, onPurpose, policy, progress, stderr, trap } from "./log.js";

const defaultPolicy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const of = (...lines: (Line | Line[])[]) => timelineOf(log(...lines), { defaultPolicy });
const outcomes = ({ invocations }: ReturnType<typeof of>) =>
  invocations.map(({ executions }) => executions.map(({ outcome }) => outcome));
const completed = (ms: number): Line => [ms, "ExportedFunctionCompleted"];
const jump = (ms: number, start: number, end: number): Line => [ms, "Jump", { jump: { start, end } }];
const kept = (ms: number, value: object) =>
  imported(ms, "golem keyvalue::eventual::get", [...new TextEncoder().encode(JSON.stringify(value))]);

describe("golem-retry jumps back to a mark", () => {
  test("a loop in place is one invocation with retries, and no crash", () => {
    const found = of(
      [0, "Create"],
      invoked(10, "fetch"),
      [11, "NoOp"],
      get(12, "/x", 503),
      imported(20, "golem keyvalue::eventual::set"),
      stderr(20, "execution 1 of 4 failed: Error: x said 503; next in 200ms\n"),
      jump(21, 4, 11),
      imported(22, "golem keyvalue::eventual::get", progress(220)),
      [221, "NoOp"],
      get(222, "/x", 200),
      completed(230),
    );
    expect(outcomes(found)).toEqual([["jumped", "completed"]]);
    expect(found.events).toEqual([]);
    expect(found.steps).toMatchObject([
      { again: "loop", retries: 3, waits: [{ planned: { least: 200 }, by: "step" }] },
    ]);
    expect(found.jumps).toMatchObject([{ to: "mark", rewrites: 0 }]);
    expect(found.invocations[0]?.executions[0]?.error).toMatch(/^execution 1 of 4 failed/);
  });

  test("an attempt that passes on its error is no step and waits for nothing", () => {
    const found = of(
      [0, "Create"],
      invoked(10, "fetch"),
      [11, "NoOp"],
      get(12, "/x", 503),
      imported(20, "golem keyvalue::eventual::set"),
      jump(21, 4, 9),
      kept(22, { attempt: 1, due: 0, failed: { story: "execution 1 of 1 failed: Error: x; retries used up" } }),
      imported(23, "golem keyvalue::eventual::delete"),
      completed(24),
    );
    expect(found.steps).toEqual([]);
    expect(found.invocations[0]?.executions).toMatchObject([
      { outcome: "jumped", wait: undefined, error: "execution 1 of 1 failed: Error: x; retries used up" },
      { outcome: "completed", settles: true },
    ]);
  });
});

test("a step that gives up traps once more, and a clean execution hands the error on", () => {
  const found = of(
    [0, "Create"],
    invoked(10, "fetch"),
    [11, "BeginAtomicRegion"],
    [11, "NoOp"],
    get(12, "/x", 503),
    imported(20, "golem keyvalue::eventual::set"),
    policy(20, 2, "0s", "0s", 1),
    stderr(20, "execution 1 of 1 failed: Error: x said 503; retries used up\n"),
    trap(21, onPurpose),
    jump(30, 4, 13),
    [30, "NoOp"],
    kept(31, { attempt: 1, due: 0, failed: { story: "…" } }),
    [32, "EndAtomicRegion", { begin_index: 3 }],
    completed(33),
  );
  expect(found.invocations[0]?.executions).toMatchObject([
    { outcome: "trapped", wait: undefined, step: 3, decision: { by: "step" } },
    { outcome: "completed", settles: true },
  ]);
  expect(found.steps).toMatchObject([{ waits: [], retries: 0 }]);
  expect(found.bands.map(({ own }) => own)).toEqual([true]);
  expect(found.regions).toMatchObject([{ closed: true, again: 1 }]);
});

test("an execution that hands a failure on, and then asks for something else, shows both", () => {
  const found = of(
    [0, "Create"],
    invoked(10, "fetch"),
    [11, "BeginAtomicRegion"],
    imported(12, "golem keyvalue::eventual::set"),
    policy(12, 2, "0s", "0s", 1),
    stderr(12, "execution 1 of 1 failed: Error: x said 503; retries used up\n"),
    trap(13, onPurpose),
    jump(20, 4, 7),
    kept(21, { attempt: 1, due: 0, failed: { story: "…" } }),
    [22, "EndAtomicRegion", { begin_index: 3 }],
    get(23, "/other", 200),
    completed(30),
  );
  expect(rowsOf(found).map(({ number, text, status }) => [number, text, status].join(" ").trim())).toEqual([
    "fetch",
    "1 execution 1 of 1 failed: Error: x said 503; retries used up",
    "2 hands on the failure",
    "GET /other 200",
    "answered",
  ]);
});

test("an atomic region that fails is Golem's to retry, from its begin, and no step", () => {
  const again = (ms: number): Line[] => [
    ...get(ms, "/x", 503),
    stderr(ms + 8, "atomically: Error: x said 503\n"),
    trap(ms + 9, onPurpose),
    jump(ms + 110, 4, 10),
  ];
  const found = of([0, "Create"], invoked(0, "a"), [1, "BeginAtomicRegion"], again(2), again(112), again(222));
  expect(found.steps).toEqual([]);
  expect(found.regions).toMatchObject([{ index: 3, closed: false, again: 3 }]);
  expect(found.decisions.map(({ by, verdict }) => `${by} ${verdict}`)).toEqual(Array(3).fill("golem retry"));
  expect(found.invocations[0]?.executions.slice(0, 3).map(({ wait }) => wait?.planned.least)).toEqual([100, 100, 100]);
});

test("a recovery that goes back to a request of an earlier call says what it rewrites", () => {
  const found = of(
    [0, "Create"],
    invoked(1, "fetch", "a"),
    [2, "BeginRemoteWrite"],
    imported(3, "http::types::future_incoming_response::get"),
    completed(5),
    invoked(10, "counter", "b"),
    completed(11),
    jump(20, 4, 7),
    get(21, "/x", 200),
    completed(30),
  );
  expect(found.jumps).toMatchObject([{ to: "request", rewrites: 2 }]);
  expect(found.invocations.map(({ name, again, dropped }) => [name, again, dropped])).toEqual([
    ["fetch", false, undefined],
    ["counter", false, 8],
    ["fetch", true, undefined],
  ]);
  expect(rowsOf(found).map(({ text }) => text)).toContain(
    "Golem goes back to entry 3, a request without an end: 2 calls that had ended are executed again, or lost",
  );
});

test("a server that was killed, an interrupt, a sleep, an update and a revert are told apart", () => {
  const killed = of(
    [0, "Create"],
    invoked(0, "a"),
    [1, "BeginRemoteWrite"],
    jump(3000, 4, 3),
    get(3001, "/x", 200),
    completed(3010),
  );
  expect(outcomes(killed)).toEqual([["crashed", "completed"]]);
  expect(killed.events.map(({ kind }) => kind)).toEqual(["recovered"]);
  expect(killed.invocations[0]?.executions[0]?.end).toBe(1);

  const rest = of(
    [0, "Create"],
    invoked(0, "a"),
    [10, "Interrupted"],
    [500, "NoOp"],
    [510, "Suspend"],
    [13_000, "NoOp"],
    completed(13_001),
    [14_000, "SuccessfulUpdate", { target_version: 2 }],
    [14_001, "FailedUpdate", { target_version: 3 }],
    [15_000, "Revert", { dropped_region: { start: 2, end: 9 } }],
  );
  expect(outcomes(rest)).toEqual([["interrupted", "completed"]]);
  expect(rest.events.map(({ kind, at, end }) => [kind, at, end])).toEqual([
    ["interrupted", 10, 10],
    ["suspended", 510, 13_000],
    ["updated", 14_000, 14_000],
    ["update-failed", 14_001, 14_001],
    ["reverted", 15_000, 15_000],
  ]);
  expect(rest.invocations[0]?.dropped).toBe(10);
});

test("each event is told in words", () => {
  const found = of(
    [0, "Create"],
    invoked(0, "a"),
    [1, "Exited"],
    [2, "Restart"],
    [3, "Suspend"],
    [4, "SuccessfulUpdate", { target_version: 2 }],
    [5, "FailedUpdate", { target_version: 3 }],
    [6, "Interrupted"],
    [7, "GrowMemory"],
    [8, "Revert", { dropped_region: { start: 6, end: 8 } }],
  );
  expect(found.events.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    "exited: the component exited",
    "restarted: restarted",
    "suspended: suspended",
    "updated: updated to version 2",
    "update-failed: the update to version 3 failed",
    "interrupted: interrupted",
    "reverted: reverted to entry 5",
  ]);
  expect(found.invocations[0]?.outcome).toBe("interrupted");
});

describe("a wait for a retry", () => {
  test.each([
    "Suspend",
    "PendingWorkerInvocation",
    "PendingUpdate",
    "SuccessfulUpdate",
    "FailedUpdate",
    "GrowMemory",
    "CreateResource",
    "DropResource",
    "DescribeResource",
    "Log",
    "Restart",
    "ActivatePlugin",
    "DeactivatePlugin",
    "CancelInvocation",
  ])("is not over with a %s", (type) => {
    const { invocations } = of([0, "Create"], invoked(0, "a"), trap(10), [50, type], [120, "NoOp"]);
    expect(invocations[0]?.executions).toMatchObject([
      { wait: { actual: 110, ongoing: false } },
      { number: 2, at: 120 },
    ]);
  });
});

describe("requests", () => {
  const failed = (error: unknown) => {
    const request = { typ: {}, value: { uri: "api:8080/a?b=1", method: { Post: null }, headers: {} } };
    const response = { typ: {}, value: error };
    const call: Line = [
      5,
      "ImportedFunctionInvoked",
      { function_name: "http::types::future_incoming_response::get", request, response },
    ];
    const { invocations } = of([0, "Create"], invoked(0, "a"), [1, "BeginRemoteWrite"], call);
    return invocations[0]?.executions[0]?.requests;
  };
  test.each([
    [{ HttpError: { HttpProtocolError: null } }, "connection broken off"],
    [{ HttpError: { ConnectionRefused: null } }, "connection refused"],
    [{ HttpError: { ConnectionTerminated: null } }, "connection closed"],
    [{ HttpError: { ConnectionTimeout: null } }, "connection timed out"],
    [{ HttpError: { ConnectionReadTimeout: null } }, "the answer timed out"],
    [{ HttpError: { ConnectionWriteTimeout: null } }, "sending timed out"],
    [{ HttpError: { HttpResponseTimeout: null } }, "the answer timed out"],
    [{ HttpError: { DnsError: { rcode: "x" } } }, "host not found"],
    [{ HttpError: { DnsTimeout: null } }, "host not found in time"],
    [{ HttpError: { DestinationNotFound: null } }, "host not found"],
    [{ HttpError: { TlsProtocolError: null } }, "TLS failed"],
    [{ HttpError: { TlsCertificateError: null } }, "TLS certificate refused"],
    [{ "http-error": "http-protocol-error" }, "connection broken off"],
    [{ ok: { err: { "http-error": "a-b" } } }, "a b"],
    [{ HttpError: { OkThen: null } }, "ok then"],
    [{ NotAnHttpError: null }, "not an http error"],
    [{ HttpError: null }, "no answer"],
    [null, "no answer"],
    [{ HttpError: "LoopDetected" }, "loop detected"],
    [{ InternalError: { x: 1 } }, "internal error"],
    ["nonsense", "nonsense"],
  ])("%j in words", (error, words) => {
    expect(failed(error)).toMatchObject([
      { method: "POST", url: "api:8080/a?b=1", path: "/a?b=1", status: undefined, failure: words, at: 1, end: 5 },
    ]);
  });

  test.each(["pending", "Pending", { Pending: null }])("%j is no answer yet", (value) => {
    expect(failed(value)).toMatchObject([{ index: 3, at: 1, end: 1, status: undefined, failure: undefined }]);
  });

  test("answers that come in another order belong to the requests that went there", () => {
    const sent = (ms: number, path: string): Line[] => [
      [ms, "BeginRemoteWrite"],
      [
        ms,
        "StartSpan",
        { attributes: { "request.method": { value: "GET" }, "request.uri": { value: `http://localhost${path}` } } },
      ],
    ];
    const answered = (ms: number, path: string, status: number) => get(ms, path, status).slice(2);
    const { invocations } = of(
      [0, "Create"],
      invoked(0, "a"),
      sent(1, "/a"),
      sent(2, "/b"),
      [3, "BeginRemoteWrite"],
      answered(10, "/b", 202),
      answered(20, "/c", 203),
      answered(30, "/a", 201),
      answered(40, "/d", 204),
    );
    expect(invocations[0]?.executions[0]?.requests.map(({ path, status, at, end }) => [path, status, at, end])).toEqual(
      [
        ["/a", 201, 1, 34],
        ["/b", 202, 2, 14],
        ["/c", 203, 3, 24],
        ["/d", 204, 44, 44],
      ],
    );
  });

  test("one that has no answer is known from its span", () => {
    const attributes = { "request.method": { value: "GET" }, "request.uri": { value: "http://api:8080/a" } };
    const { invocations } = of(
      [0, "Create"],
      invoked(0, "a"),
      [1, "BeginRemoteWrite"],
      [1, "StartSpan", { attributes }],
    );
    expect(invocations[0]?.executions[0]?.requests).toMatchObject([
      { method: "GET", url: "api:8080/a", path: "/a", status: undefined, failure: undefined },
    ]);
  });
});

test("a live worker's picture goes on to now, and its next retry is planned", () => {
  const entries = log([0, "Create"], invoked(0, "a"), policy(1, 5, "10s", "10s", 1), trap(10));
  const start = Date.parse(entries[0]?.entry.timestamp ?? "");
  const found = timelineOf(entries, { defaultPolicy, now: start + 4010 });
  expect(found.length).toBe(4010);
  expect(found.invocations[0]?.executions[0]?.wait).toEqual({
    at: 10,
    planned: { least: 10_000, most: 10_000 },
    actual: 4000,
    by: "golem",
    asked: false,
    ongoing: true,
  });
});

describe("an override that was taken back", () => {
  const override = policy(1, 5, "500ms", "10s", 2);
  const back = policy(20, 3, "100ms", "1s", 3);
  const undone = (...lines: (Line | Line[])[]) =>
    of([0, "Create"], invoked(0, "a"), ...lines).decisions.map(({ undone }) => undone?.policy.retries);

  test("just before the trap decides nothing, in the replays neither", () => {
    expect(undone(override, get(2, "/x", 503), back, trap(21), trap(130))).toEqual([5, 5]);
  });
  test("after it was done with is no fault", () => {
    expect(undone(override, get(2, "/x", 200), back, get(22, "/y", 503), trap(30))).toEqual([undefined]);
  });
  test("is none while it is in force, or was set in a call before", () => {
    expect(undone(override, get(2, "/x", 503), trap(21))).toEqual([undefined]);
    expect(undone(override, completed(3), invoked(4, "b", "k2"), back, trap(21))).toEqual([undefined]);
  });
});

test("a step is named after the policy that has its count and its waits, and after no other", () => {
  const step = (retries: number, waits: number[]) => {
    const names = [
      { name: "quick", policy: { retries: 2, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0 } },
      { name: "long", policy: { retries: 6, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0 } },
    ];
    const failures = waits.flatMap((wait, i): (Line | Line[])[] => [
      stderr(i * 5000, `execution ${i + 1} of ${retries + 1} failed: Error: x; next in ${wait}ms\n`),
      get(i * 5000 + wait, "/x", 503),
    ]);
    const timeline = of([0, "Create"], invoked(0, "a"), ...failures);
    return rowsOf(timeline, { names }).find(({ number }) => number === "1")?.policy?.name;
  };
  expect(step(2, [100, 300])).toBe("quick");
  expect(step(6, [100, 300])).toBe("long");
  expect(step(6, [100, 700])).toBe("retried in place");
  expect(step(4, [100])).toBe("retried in place");
});
