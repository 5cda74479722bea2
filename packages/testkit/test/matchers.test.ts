import type { IndexedEntry } from "golem-client";
import { type Duration, golemDefaults, retryPolicy } from "golem-retry/policy";
import { describe, expect, test } from "vitest";
import "../src/matchers.js";
import { explainRetries } from "../src/policy.js";

const start = Date.parse("2026-01-01T00:00:00.000Z");

function log(...lines: [ms: number, type: string, fields?: object][]): IndexedEntry[] {
  return lines.map(([ms, type, fields], i) => ({
    oplogIndex: i + 1,
    entry: { type, timestamp: new Date(start + ms).toISOString(), ...fields } as IndexedEntry["entry"],
  }));
}

const invoked = { function_name: "a:b/c.{run}", idempotency_key: "k", request: [] };
const set = (max_attempts: number, delay: string) => ({
  new_policy: { max_attempts, min_delay: delay, max_delay: delay, multiplier: 1, max_jitter_factor: null },
});
const twice = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });
const thrice = retryPolicy({ retries: 3, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });
const slow = retryPolicy({ retries: 2, minDelay: "5s", maxDelay: "5s", multiplier: 1 });

const failedTwice = log(
  [0, "Create"],
  [1, "ExportedFunctionInvoked", invoked],
  [2, "ChangeRetryPolicy", set(2, "200ms")],
  [3, "Error", { error: "trap" }],
  [205, "Error", { error: "trap" }],
  [410, "Error", { error: "trap" }],
);

describe("toHaveRetriedWith", () => {
  test("holds for the policy that decided", () => {
    expect(failedTwice).toHaveRetriedWith(twice);
    expect(failedTwice).not.toHaveRetriedWith(thrice);
  });

  const failing: [string, IndexedEntry[], ReturnType<typeof retryPolicy>[], RegExp][] = [
    ["another policy was in force", failedTwice, [thrice], /another policy was in force: 2 retries, 200ms/],
    ["there was no retry", log([0, "Create"], [1, "ExportedFunctionInvoked", invoked]), [twice], /there was no retry/],
    ["a policy that decided nothing", failedTwice, [twice, slow], /this one decided no retry: 2 retries after 5s/],
    [
      "it gave up early",
      failedTwice.slice(0, 5).concat(log([900, "ExportedFunctionInvoked", { ...invoked, idempotency_key: "l" }])),
      [slow],
      /another policy was in force/,
    ],
    [
      "a wait was too long",
      log(
        [0, "Create"],
        [1, "ExportedFunctionInvoked", invoked],
        [2, "ChangeRetryPolicy", set(2, "200ms")],
        [3, "Error", { error: "t" }],
        [3000, "NoOp"],
      ),
      [twice],
      /wait 1 took 2997 ms, where the policy says 200 ms/,
    ],
    [
      "a wait was too short",
      log(
        [0, "Create"],
        [1, "ExportedFunctionInvoked", invoked],
        [2, "ChangeRetryPolicy", set(2, "200ms")],
        [3, "Error", { error: "t" }],
        [50, "NoOp"],
      ),
      [twice],
      /wait 1 took 47 ms, where the policy says 200 ms/,
    ],
  ];
  test.each(failing)("fails where %s, and shows what was found", (_, entries, policies, message) => {
    expect(() => expect(entries).toHaveRetriedWith(...policies)).toThrow(message);
    expect(() => expect(entries).toHaveRetriedWith(...policies)).toThrow(/expected\n[\s\S]*and found/);
  });
});

describe("what decided the retries", () => {
  const lasted = (delay: string, ms: number) =>
    log(
      [0, "Create"],
      [1, "ExportedFunctionInvoked", invoked],
      [2, "ChangeRetryPolicy", set(2, delay)],
      [3, "Error", { error: "t" }],
      [3 + ms, "NoOp"],
    );

  test("is not known where no policy is given", () => {
    expect(explainRetries(failedTwice, [], golemDefaults)).toBe(
      "no policy is given: say which one should have decided the retries",
    );
  });

  test("is shown beside each policy that should have, without colors", () => {
    const why = explainRetries(failedTwice, [thrice, slow], golemDefaults);
    expect(why).toContain(
      "expected\n  3 retries after 200ms, 200ms, 200ms: 600ms in all\n  2 retries after 5s, 5s: 10s in all\nand found\n",
    );
    expect(why).not.toContain("\u001b");
  });

  test("is a policy in spite of a slow machine: a demo is told, and a test fails", () => {
    const told: string[] = [];
    const entries = lasted("200ms", 2997);
    expect(explainRetries(entries, [twice], golemDefaults, {}, (what) => told.push(what))).toBeUndefined();
    expect(told).toEqual(["wait 1 took 2997 ms, where the policy says 200 ms"]);
    expect(explainRetries(lasted("200ms", 210), [twice], golemDefaults, {}, expect.unreachable)).toBeUndefined();
  });

  test("may take two seconds more than the policy says, and of a long wait a quarter more", () => {
    const minute = retryPolicy({ ...twice, minDelay: "1m", maxDelay: "1m" });
    expect(lasted("200ms", 2200)).toHaveRetriedWith(twice);
    expect(lasted("200ms", 2201)).not.toHaveRetriedWith(twice);
    expect(lasted("1m", 75_000)).toHaveRetriedWith(minute);
    expect(lasted("1m", 75_001)).not.toHaveRetriedWith(minute);
  });

  test.each([
    [0, [100], "Golem retried once, where the policy allows 0 retries"],
    [1, [100, 100], "Golem retried twice, where the policy allows 1 retry"],
    [1, [100, 100, 100], "Golem retried 3 times, where the policy allows 1 retry"],
  ])("is no policy of %d retries where a step had more of them", (retries, waits, why) => {
    const policy = retryPolicy({ retries, minDelay: "100ms", maxDelay: "100ms", multiplier: 1 });
    expect(explainRetries(step(retries, waits), [policy], golemDefaults)?.split("\n")[0]).toBe(why);
  });
});

/** What happens in a step or a loop besides its failures. */
interface Course {
  failed?: boolean;
  noisy?: boolean;
  /** The waits that the service asked for, by their index. */
  asked?: number[];
  /** Milliseconds by which each wait is shorter than planned. */
  early?: number;
}

/** A step of golem-retry that fails at 100 ms, and again after each wait except the last. */
function step(
  retries: number,
  waits: number[],
  { failed = false, noisy = false, asked = [], early = 0 }: Course = {},
): IndexedEntry[] {
  const lines: Parameters<typeof log> = [
    [0, "Create"],
    [1, "ExportedFunctionInvoked", invoked],
    [2, "BeginAtomicRegion"],
    [2, "NoOp"],
  ];
  const imported = (at: number, name: string, ok: unknown) =>
    lines.push([
      at,
      "ImportedFunctionInvoked",
      { function_name: name, request: { value: null }, response: { value: { ok } } },
    ]);
  let at = 100;
  const fails = (execution: number) => {
    if (noisy) lines.push([at, "Log", { level: "Stderr", context: "", message: "the body says something\n" }]);
    const wait = asked.includes(execution - 1) ? ` in ${waits[execution - 1]}ms, by retryAfter` : "";
    const message = `execution ${execution} of ${retries + 1} failed: Error: 503; next${wait}\n`;
    lines.push([at, "Log", { level: "Stderr", context: "", message }]);
    lines.push([at, "Error", { error: "Attempted to jump forward in oplog to index 4611686018427387904" }]);
  };
  for (const [i, wait] of waits.entries()) {
    const clock = { seconds: Math.floor((start + at) / 1000), nanoseconds: ((start + at) % 1000) * 1e6 };
    imported(at, "wall_clock::now", clock);
    imported(at, "golem keyvalue::eventual::set", null);
    lines.push([at, "ChangeRetryPolicy", set(2, "0s")]);
    fails(i + 1);
    const due = JSON.stringify({ attempt: i + 1, due: start + at + wait });
    lines.push([at + 20, "Jump", { jump: { start: 4, end: lines.length } }], [at + 20, "NoOp"]);
    imported(at + 20, "golem keyvalue::eventual::get", [...new TextEncoder().encode(due)]);
    at += wait + 3 - early;
    lines.push([at, "BeginRemoteWrite"]);
  }
  if (failed) {
    lines.push([at, "ChangeRetryPolicy", set(0, "0s")]);
    fails(waits.length + 1);
  } else lines.push([at, "EndAtomicRegion", { begin_index: 3 }], [at, "ExportedFunctionCompleted"]);
  return log(...lines);
}

describe("toHaveRetriedWith, of a durable step", () => {
  const policyOf = (retries: number, min: number, max: number, multiplier: number, jitter = 0) =>
    retryPolicy({ retries, minDelay: { milliseconds: min }, maxDelay: { milliseconds: max }, multiplier, jitter });
  const rising = policyOf(3, 100, 200, 1.5);

  test.each<[string, IndexedEntry[], ReturnType<typeof retryPolicy>]>([
    ["to the end", step(3, [100, 150, 200], { failed: true }), rising],
    ["as far as it went", step(3, [100, 150]), rising],
    ["whatever else the body says", step(3, [100, 150], { noisy: true }), rising],
    ["with jitter", step(3, [117, 150, 300]), policyOf(3, 100, 300, 1.5, 0.5)],
  ])("holds for its policy: %s", (_, entries, policy) => {
    expect(entries).toHaveRetriedWith(policy);
  });

  test.each<[string, IndexedEntry[], ReturnType<typeof retryPolicy>, RegExp]>([
    [
      "another count",
      step(3, [100, 150]),
      policyOf(4, 100, 200, 1.5),
      /the policy of a step allowed 3 retries, where this policy allows 4/,
    ],
    [
      "another delay",
      step(3, [100, 150, 200]),
      policyOf(3, 110, 200, 1.5),
      /wait 1 was planned as 100 ms, where the policy says 110 ms/,
    ],
    [
      "another multiplier",
      step(3, [100, 150]),
      policyOf(3, 100, 200, 1.6),
      /wait 2 was planned as 150 ms, where the policy says 160 ms/,
    ],
    [
      "another cap",
      step(3, [100, 150, 200], { failed: true }),
      policyOf(3, 100, 210, 1.5),
      /wait 3 was planned as 200 ms, where the policy says 210 ms/,
    ],
    [
      "jitter where there is none",
      step(3, [117, 150, 200]),
      rising,
      /wait 1 was planned as 117 ms, where the policy says 100 ms/,
    ],
    [
      "more jitter than there may be",
      step(3, [117, 150, 200]),
      policyOf(3, 100, 200, 1.5, 0.1),
      /wait 1 was planned as 117 ms, where the policy says 100 to 110 ms/,
    ],
    [
      "none, where it should be",
      step(3, [100, 90]),
      policyOf(3, 100, 200, 1, 0.1),
      /wait 2 was planned as 90 ms, where the policy says 100 to 110 ms/,
    ],
  ])("fails for %s", (_, entries, policy, message) => {
    expect(() => expect(entries).toHaveRetriedWith(policy)).toThrow(message);
  });
});

/** A loop in place of golem-retry: what it says, and when it goes on. */
function loop(retries: number, waits: number[], { failed = false, asked = [] }: Course = {}): IndexedEntry[] {
  const says = (execution: number, then: string) => ({
    level: "Stderr",
    context: "",
    message: `execution ${execution} of ${retries + 1} failed: Error: 503; ${then}\n`,
  });
  let at = 100;
  const lines = waits.flatMap((wait, i): Parameters<typeof log> => {
    const said = at;
    at += wait + 3;
    return [
      [said, "Log", says(i + 1, `next in ${wait}ms${asked.includes(i) ? ", by retryAfter" : ""}`)],
      [at, "BeginRemoteWrite"],
    ];
  });
  const end: Parameters<typeof log> = failed
    ? [
        [at, "ChangeRetryPolicy", set(0, "0s")],
        [at, "Log", says(waits.length + 1, "retries used up")],
        [at, "Error", { error: "Attempted to jump forward in oplog to index 4611686018427387904" }],
      ]
    : [[at, "ExportedFunctionCompleted"]];
  return log([0, "Create"], [1, "ExportedFunctionInvoked", invoked], ...lines, ...end);
}

describe("toHaveRetriedWith, of a loop in place", () => {
  const rising = retryPolicy({ retries: 3, minDelay: "100ms", maxDelay: "200ms", multiplier: 1.5, jitter: 0.2 });
  const patient = retryPolicy({ ...rising, minDelay: "150ms" });
  const longer = retryPolicy({ ...rising, retries: 4 });

  test("holds for its policy, in part and to the end", () => {
    expect(loop(3, [100, 175])).toHaveRetriedWith(rising);
    expect(loop(3, [120, 150, 200], { failed: true })).toHaveRetriedWith(rising);
    expect(loop(0, [], { failed: true })).toHaveRetriedWith(retryPolicy({ ...rising, retries: 0 }));
  });

  test("a failure after it is Golem's to retry", () => {
    const thrown = [
      ...loop(3, [100]).slice(0, -1),
      ...log([210, "ChangeRetryPolicy", set(2, "200ms")], [211, "Error", { error: "trap" }], [413, "NoOp"]),
    ].map((one, i) => ({ ...one, oplogIndex: i + 1 }));
    expect(() => expect(thrown).toHaveRetriedWith(rising)).toThrow(/another policy was in force/);
    expect(thrown).toHaveRetriedWith(rising, twice);
  });

  test.each<[string, IndexedEntry[], typeof rising, RegExp]>([
    ["another count", loop(3, [100]), longer, /the policy of a step allowed 3 retries, where this policy allows 4/],
    [
      "another delay",
      loop(3, [100, 150]),
      patient,
      /wait 1 was planned as 100 ms, where the policy says 150 to 180 ms/,
    ],
    [
      "too much jitter",
      loop(3, [100, 190]),
      rising,
      /wait 2 was planned as 190 ms, where the policy says 150 to 180 ms/,
    ],
    ["an early end", loop(3, [100], { failed: true }), rising, /it gave up after 1 retry, where the policy allows 3/],
  ])("fails for %s", (_, entries, policy, message) => {
    expect(() => expect(entries).toHaveRetriedWith(policy)).toThrow(message);
  });
});

describe("toHaveRetriedWith, of waits that the service asked for", () => {
  const polite = retryPolicy({ retries: 3, minDelay: "100ms", maxDelay: "200ms", multiplier: 2 });
  const twice = step(3, [3000, 200, 7000], { asked: [0, 2] });

  test("accepts them, and compares the policy's waits", () => {
    expect(twice).toHaveRetriedWith(polite);
    expect(() => expect(step(3, [3000, 200], { asked: [1] })).toHaveRetriedWith(polite)).toThrow(
      /wait 1 was planned as 3000 ms, where the policy says 100 ms/,
    );
    expect(() => expect(step(3, [3000, 300], { asked: [0] })).toHaveRetriedWith(polite)).toThrow(
      /wait 2 was planned as 300 ms, where the policy says 200 ms/,
    );
  });

  test("compares them with what the test expects", () => {
    expect(twice).toHaveRetriedWith(polite, { retryAfter: ["3s", { seconds: 7 }] });
    expect(step(3, [2950], { asked: [0] })).toHaveRetriedWith(polite, { retryAfter: ["3s"] });
    expect(step(3, [9000], { asked: [0] })).toHaveRetriedWith(polite, { retryAfter: ["10s"] });
    expect(step(3, [8999], { asked: [0] })).not.toHaveRetriedWith(polite, { retryAfter: ["10s"] });
    expect(step(3, [100, 200])).toHaveRetriedWith(polite, { retryAfter: [] });
  });

  test.each<[string, Duration[], RegExp]>([
    ["another", ["3s", "8s"], /the service asked for 3s, 7s, where retryAfter expects 3s, 8s/],
    ["a shorter one", ["2s", "7s"], /the service asked for 3s, 7s, where retryAfter expects 2s, 7s/],
    ["one too few", ["3s"], /the service asked for 3s, 7s, where retryAfter expects 3s/],
    ["none", [], /the service asked for 3s, 7s, where retryAfter expects no wait/],
  ])("fails when the test expects %s", (_, retryAfter, message) => {
    expect(() => expect(twice).toHaveRetriedWith(polite, { retryAfter })).toThrow(message);
  });

  test("fails when the worker did not wait as long as asked", () => {
    const early = step(3, [3000], { asked: [0], early: 1000 });
    expect(() => expect(early).toHaveRetriedWith(polite)).toThrow(
      /wait 1 took 2003 ms, where the service says 3000 ms/,
    );
  });

  test("knows them in a loop in place, too", () => {
    expect(loop(3, [3000, 200], { asked: [0] })).toHaveRetriedWith(polite, { retryAfter: ["3s"] });
  });

  test("refuses an option that it doesn't know", () => {
    const misspelt = { retryafter: ["3s"] } as object;
    expect(() => expect(twice).toHaveRetriedWith(polite, misspelt)).toThrow(
      /toHaveRetriedWith: retryafter is not an option. Use a policy, or \{ retryAfter: \["3s"\] \}/,
    );
  });
});

describe("toHaveRetriedWith, of an override", () => {
  test("fails for another policy, though the waits are the same", () => {
    const sameWaits = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "1s", multiplier: 1 });
    expect(() => expect(failedTwice).toHaveRetriedWith(sameWaits)).toThrow(
      /another policy was in force: 2 retries, 200ms/,
    );
  });

  test("fails for more retries than the policy allows, though the policy was in force and its waits were kept", () => {
    const set1: [number, string, object] = [2, "ChangeRetryPolicy", set(1, "200ms")];
    const errors = [3, 205, 410].map((ms): [number, string, object] => [ms, "Error", { error: "trap" }]);
    const tooMany = log([0, "Create"], [1, "ExportedFunctionInvoked", invoked], set1, ...errors);
    const once = retryPolicy({ ...twice, retries: 1 });
    expect(tooMany.slice(0, -1)).toHaveRetriedWith(once);
    expect(() => expect(tooMany).toHaveRetriedWith(once)).toThrow(
      /Golem retried once more than a policy allows: it had to give up before the Error at index 6\n/,
    );
  });

  test("jitter is the server's own only: of a policy that is set it is dropped", () => {
    const waits = (...at: number[]) =>
      log(
        [0, "Create"],
        [1, "ExportedFunctionInvoked", invoked],
        ...at.map((ms): [number, string, object] => [ms, "Error", { error: "trap" }]),
      );
    expect(waits(10, 120, 235, 575)).toHaveRetriedWith(golemDefaults);
    expect(() => expect(waits(10, 120, 3235, 3575)).toHaveRetriedWith(golemDefaults)).toThrow(
      /wait 2 took 3115 ms, where the policy says 100 to 115 ms/,
    );
  });
});

describe("toEndUnder", () => {
  test("holds for the policy in force, its jitter aside", () => {
    expect(failedTwice).toEndUnder(twice);
    expect(log([0, "Create"])).toEndUnder(golemDefaults);
  });
  test("fails for another, and names both", () => {
    expect(() => expect(failedTwice).toEndUnder(golemDefaults)).toThrow(
      /expected\s+3 retries, 100ms ×3 ≤ 1s to be in force at the end, and found 2 retries, 200ms/,
    );
  });
  test.each([
    ["number of retries", { retries: 3 }],
    ["first delay", { minDelay: "199ms" }],
    ["cap", { maxDelay: "201ms" }],
    ["multiplier", { multiplier: 1.5 }],
  ] as const)("fails for another %s", (_, other) => {
    const policy = retryPolicy({ ...twice, ...other });
    expect(failedTwice).not.toEndUnder(policy);
    expect(() => expect(failedTwice).toEndUnder(policy)).toThrow(
      /to be in force at the end, and found 2 retries, 200ms/,
    );
  });
});
