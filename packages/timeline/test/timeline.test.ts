import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { htmlOf, type Policy, plannedDelay, policyAtEnd, svgOf, textOf, timelineOf } from "../src/index.js";
import { anyLog } from "./any-log.js";
import { get, imported, invoked, log, onPurpose, policy, progress, stderr, trap } from "./log.js";

const defaultPolicy: Policy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const patient: Policy = { retries: 5, minDelay: 500, maxDelay: 10_000, multiplier: 2, jitter: 0 };
const of = (entries: ReturnType<typeof log>) => timelineOf(entries, { defaultPolicy });
const text = (entries: ReturnType<typeof log>) =>
  textOf(of(entries), { title: "demo", names: [{ name: "patient", policy: patient }], colors: false });

const finallyRestore = log(
  [0, "Create"],
  invoked(10, "fetch"),
  policy(11, 5, "500ms", "10s", 2),
  get(12, "/orders/7", 503),
  policy(18, 3, "100ms", "1s", 3),
  stderr(19, "orders said 503\n"),
  trap(20),
  trap(130),
  trap(240),
  trap(560),
);

/** @param said at its end; the wait is over at 520 ms + `later`. */
const stepThat = (said: string, later = 0) =>
  log(
    [0, "Create"],
    invoked(10, "fetch"),
    [11, "BeginAtomicRegion"],
    [11, "NoOp"],
    get(12, "/orders/7", 503),
    imported(20, "wall_clock::now"),
    imported(21, "golem keyvalue::eventual::set"),
    policy(22, 2, "0s", "0s", 1),
    stderr(23, `execution 1 of 6 failed: Error: orders said 503; ${said}\n`),
    trap(24, onPurpose),
    [30, "Jump", { jump: { start: 4, end: 16 } }],
    [30, "NoOp"],
    imported(31, "golem keyvalue::eventual::get", progress(520 + later)),
    imported(32, "monotonic_clock::subscribe_duration"),
    imported(521 + later, "golem io::poll::poll"),
    get(522 + later, "/orders/7", 200),
    [530 + later, "EndAtomicRegion", { begin_index: 3 }],
    imported(531 + later, "golem keyvalue::eventual::delete"),
    [532 + later, "ExportedFunctionCompleted", { response: { typ: {}, value: ["answer"] } }],
  );
const durableStep = stepThat("next in 500ms");

const threw = log([0, "Create"], invoked(10, "fetch"), stderr(19, "no URL\nStack:\n  ask@dist/app.js:9:5\n"), trap(20));

describe("Golem's own retries", () => {
  test("put back in finally, the server's policy decides; replays ask nothing", () => {
    const { invocations, policyAtEnd } = of(finallyRestore);
    expect(invocations).toHaveLength(1);
    expect(invocations[0]).toMatchObject({ name: "fetch", outcome: "failed", at: 10, end: 560 });
    expect(
      invocations[0]?.executions.map(({ number, replayed, requests }) => [number, replayed, requests.length]),
    ).toEqual([
      [1, false, 1],
      [2, true, 0],
      [3, true, 0],
      [4, true, 0],
    ]);
    const waits = invocations[0]?.executions.map(
      ({ wait }) => wait && [wait.planned.least, wait.planned.most, wait.actual],
    );
    expect(waits).toEqual([[100, 100, 110], [100, 100, 110], [300, 300, 320], undefined]);
    expect(policyAtEnd).toMatchObject({ retries: 3, minDelay: 100 });
  });

  test("a Python exception is named, not its traceback", () => {
    const raised = stderr(
      1,
      'Traceback (most recent call last):\n  File "/0/app.py", line 9, in run\nException: boom\n',
    );
    const { invocations } = of(log(invoked(0, "run"), raised, trap(2)));
    expect(invocations[0]?.executions[0]?.error).toBe("Exception: boom");
  });

  test("in words", () => {
    expect(text(finallyRestore)).toBe(
      [
        "demo                                decides",
        "fetch",
        "    10 ms  1  GET /orders/7   503   server's   3 retries, 100ms ×3 ≤ 1s",
        "              trap, then 110 ms, planned 100 ms",
        "              ! Golem decides here, and finds the server's policy. patient (5 retries, 500ms ×2 ≤ 10s) was restored 2 ms",
        "                before the trap: it decides nothing.",
        "   130 ms  2 to 4  replayed, nothing asked again",
        "              then 110 ms · 320 ms, planned 100 ms · 300 ms",
        "   560 ms     failed: the policy allows no further retry",
      ].join("\n"),
    );
  });

  test("the server's own policy has a range because of its jitter; an override has none", () => {
    expect(plannedDelay(defaultPolicy, 0)).toEqual({ least: 100, most: 115 });
    expect(plannedDelay(defaultPolicy, 2)).toEqual({ least: 300, most: 345 });
    expect(plannedDelay(defaultPolicy, 3)).toBeUndefined();
    expect(plannedDelay({ ...patient, multiplier: 1.5 }, 4)).toEqual({ least: 500, most: 500 });
    expect(plannedDelay({ ...patient, multiplier: Number.NaN }, 2)).toEqual({ least: 0, most: 0 });
  });
});

describe("a durable step", () => {
  test("waits by itself: from its failure to when it was due", () => {
    const { invocations, steps, policyAtEnd } = of(durableStep);
    expect(steps).toEqual([
      {
        region: 3,
        again: "region",
        retries: 5,
        at: 11,
        end: 530,
        waits: [{ at: 20, planned: { least: 500, most: 500 }, actual: 502, by: "step", asked: false, ongoing: false }],
      },
    ]);
    expect(invocations[0]).toMatchObject({
      outcome: "completed",
      executions: [{ step: 3 }, { step: 3, outcome: "completed" }],
    });
    expect(policyAtEnd).toEqual(defaultPolicy);
  });

  test("in words, by the name of the policy that gives such waits", () => {
    expect(text(durableStep)).toBe(
      [
        "demo                                decides",
        "fetch",
        "    10 ms  1  GET /orders/7   503   patient   5 retries, 500ms ×2 ≤ 10s, durable step",
        "              trap, then 502 ms of durable sleep, planned 500 ms",
        "   522 ms  2  GET /orders/7   200",
        "   532 ms     answered              server's   3 retries, 100ms ×3 ≤ 1s",
      ].join("\n"),
    );
  });
});

test("an error has its place in the source, where somebody knows it", () => {
  const places = (stack: string) => (stack.includes("app.js:9:5") ? ["src/main.ts:4:3", "src/main.ts:1:1"] : []);
  const found = timelineOf(threw, { defaultPolicy, places });
  expect(found.invocations[0]?.executions[0]).toMatchObject({ error: "no URL", place: "src/main.ts:4:3" });
  expect(textOf(found, { colors: false })).toContain("no URL (src/main.ts:4:3)");
  expect(htmlOf({ title: "t", stories: [{ title: "t", timeline: found }] })).toContain("no URL (src/main.ts:4:3)");
  expect(text(threw)).toContain("no URL ");
});

test("a trap that nobody explained has the engine's words, not its backtrace", () => {
  const words = "error while executing at wasm backtrace:\n    0: 0x1 - <unknown>!a:b/c#run: wasm trap: out of memory";
  expect(text(log([0, "Create"], invoked(10, "fetch"), trap(20, words)))).toContain("wasm trap: out of memory");
});

test("a wait that retryAfter asked for speaks against no policy", () => {
  expect(text(stepThat("next in 3s, by retryAfter", 2500)).split("\n").slice(2, 4)).toEqual([
    "    10 ms  1  GET /orders/7   503   patient   5 retries, 500ms ×2 ≤ 10s, durable step",
    "              trap, then 3 s of durable sleep, planned 3 s, by retryAfter",
  ]);
  expect(text(stepThat("next in 3s", 2500))).toContain("durable step   5 retries");
});

test("a loop in place: what it said that it would wait, and what it did", () => {
  const failed = (ms: number, number: number, wait: string) =>
    stderr(ms, `execution ${number} of 4 failed: Error: orders said 503; next in ${wait}\n`);
  const { steps, invocations } = of(
    log(
      [0, "Create"],
      invoked(10, "fetch"),
      get(12, "/orders/7", 503),
      failed(20, 1, "200ms"),
      imported(221, "golem io::poll::poll"),
      get(222, "/orders/7", 503),
      failed(230, 2, "1.5s"),
      get(1735, "/orders/7", 200),
      [1750, "ExportedFunctionCompleted"],
    ),
  );
  expect(steps).toEqual([
    {
      region: 8,
      again: "loop",
      retries: 3,
      at: 20,
      end: 1735,
      waits: [
        { at: 20, planned: { least: 200, most: 200 }, actual: 202, by: "step", asked: false, ongoing: false },
        { at: 230, planned: { least: 1500, most: 1500 }, actual: 1505, by: "step", asked: false, ongoing: false },
      ],
    },
  ]);
  expect(invocations[0]?.executions.map(({ outcome }) => outcome)).toEqual(["jumped", "jumped", "completed"]);
});

test("a loop in place that gives up is the one that failed, and not what was said before", () => {
  const says = (ms: number, number: number, then: string) =>
    stderr(ms, `execution ${number} of 2 failed: Error: orders said 503; ${then}\n`);
  const { steps, invocations } = of(
    log(
      [0, "Create"],
      invoked(10, "fetch"),
      says(20, 1, "next in 200ms"),
      get(221, "/orders/7", 503),
      policy(230, 0, "0s", "0s", 1),
      says(230, 2, "retries used up"),
      [231, "Error", { error: "Attempted to jump forward in oplog to index 4611686018427387904 from 9" }],
    ),
  );
  expect(steps).toMatchObject([{ region: 3, again: "loop", retries: 1, at: 20, end: 231 }]);
  expect(invocations[0]).toMatchObject({
    outcome: "failed",
    executions: [{ step: 3 }, { step: 3, error: "execution 2 of 2 failed: Error: orders said 503; retries used up" }],
  });
});

test("an override is in force until a jump or a revert takes it back", () => {
  const set = log([0, "Create"], invoked(1, "a"), policy(2, 5, "1m 30s", "2h", 2));
  expect(policyAtEnd(set, defaultPolicy)).toMatchObject({ retries: 5, minDelay: 90_000, maxDelay: 7_200_000 });
  const reverted = [...set, ...log([3, "Revert", { dropped_region: { start: 2, end: 3 } }])].map((e, i) => ({
    ...e,
    oplogIndex: i + 1,
  }));
  expect(policyAtEnd(reverted, defaultPolicy)).toEqual(defaultPolicy);
  expect(of(reverted).bands.map(({ own }) => own)).toEqual([true, false, true]);
});

test("a worker that was interrupted, one that runs, and one that has done nothing", () => {
  const interrupted = of(log([0, "Create"], invoked(1, "a"), get(2, "/x", 200), [9, "Interrupted"]));
  expect(interrupted.invocations[0]).toMatchObject({
    outcome: "interrupted",
    executions: [{ outcome: "interrupted" }],
  });
  const running = of(log([0, "Create"], invoked(1, "a"), [40, "NoOp"]));
  expect(running.invocations[0]).toMatchObject({ outcome: "running", end: 40 });
  expect(of([])).toMatchObject({ length: 0, invocations: [], policyAtEnd: defaultPolicy });
  expect(textOf(of([]), { colors: false })).toBe("");
});

test("an invocation that Golem has on record twice is one", () => {
  const entries = log([0, "Create"], invoked(1, "a"), trap(2), invoked(110, "a"), trap(111), trap(220));
  expect(of(entries).invocations).toHaveLength(1);
});

describe("pictures", () => {
  const hostile = log(
    [0, "Create"],
    invoked(1, `<script>alert("1")</script>`),
    get(2, `/a?b="><img src=x onerror=alert(2)>`, 500),
    stderr(8, "</text></svg><script>alert(3)</script>\n"),
    trap(9),
  );

  test("escape what they show", () => {
    const page = htmlOf({ title: "<b>&", stories: [{ title: "<i>", text: "a & b", timeline: of(hostile) }] });
    expect(page).not.toMatch(/<script|<img|<i>|<b>/);
    expect(page).toContain("&#60;b&#62;&#38;");
  });

  test("say in words what they show", () => {
    const svg = svgOf(of(durableStep), { title: "demo" });
    expect(svg).toContain('<title id="timeline-demo-title">demo</title>');
    expect(svg).toContain("fetch: 2 executions, completed, waits of 502 ms");
  });
});

test("whatever is on record, it is drawn: in order, and without nonsense", () => {
  fc.assert(
    fc.property(anyLog, (entries) => {
      const found = of(entries);
      for (const { executions } of found.invocations) {
        expect(executions.map(({ number }) => number)).toEqual(
          executions.map((_, i) => (executions[0]?.number ?? 1) + i),
        );
        for (const { at, end, wait } of executions) {
          expect(end).toBeGreaterThanOrEqual(at);
          expect(wait?.actual ?? 0).toBeGreaterThanOrEqual(0);
        }
      }
      const page = htmlOf({ title: "t", stories: [{ title: "s", timeline: found }] });
      expect(page).not.toMatch(/NaN|undefined|Infinity/);
      expect(textOf(found, { colors: false })).not.toMatch(/NaN|undefined|Infinity/);
    }),
  );
});
