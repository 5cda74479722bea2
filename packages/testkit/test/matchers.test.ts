import type { IndexedEntry } from "golem-client";
import { golemDefaults, retryPolicy } from "golem-retry/policy";
import { describe, expect, test } from "vitest";
import "../src/matchers.js";

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
});
