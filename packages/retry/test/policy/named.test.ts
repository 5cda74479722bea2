import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fromNamedPolicy,
  golemDefaults,
  maxDuration,
  maxRetries,
  type NamedPolicy,
  type PolicyNode,
  retryPolicy,
  toNamedPolicy,
} from "../../src/policy/index.js";
import { anyPolicy } from "./arbitrary.js";

const always: NamedPolicy["predicate"] = { nodes: [{ tag: "pred-true" }] };
const named = (...nodes: PolicyNode[]): NamedPolicy => ({
  name: "of-1.5",
  priority: 1,
  predicate: always,
  policy: { nodes },
});
const exponential = (baseDelay: bigint, factor: number): PolicyNode => ({
  tag: "exponential",
  val: { baseDelay, factor },
});
const times = (retries: number, inner = 1): PolicyNode => ({ tag: "count-box", val: { maxRetries: retries, inner } });
const clamp = (minDelay: bigint, maxDelay: bigint, inner: number): PolicyNode => ({
  tag: "clamp-delay",
  val: { minDelay, maxDelay, inner },
});
const jitter = (factor: number, inner: number): PolicyNode => ({ tag: "jitter", val: { factor, inner } });
const ms = 1_000_000n;

describe("a named policy of Golem 1.5", () => {
  test("says all that a policy does, and back", () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(fromNamedPolicy(toNamedPolicy(policy, "any"))).toEqual({ policy, lost: [] });
      }),
    );
  });

  test("is for every failure, before Golem's own, its cap around its jitter", () => {
    const policy = retryPolicy({ retries: 5, minDelay: "200ms", maxDelay: "10s", multiplier: 1.5, jitter: 0.1 });
    expect(toNamedPolicy(policy, "patient")).toEqual({
      name: "patient",
      priority: 1,
      predicate: always,
      policy: {
        nodes: [
          { tag: "count-box", val: { maxRetries: 5, inner: 1 } },
          { tag: "clamp-delay", val: { minDelay: 0n, maxDelay: 10_000n * ms, inner: 2 } },
          { tag: "jitter", val: { factor: 0.1, inner: 3 } },
          { tag: "exponential", val: { baseDelay: 200n * ms, factor: 1.5 } },
        ],
      },
    });
  });

  test.each([0, -1, 1.5, 2 ** 32, Number.NaN])("of priority %d is refused", (priority) => {
    expect(() => toNamedPolicy(golemDefaults, "mine", priority)).toThrow(
      `toNamedPolicy: priority is ${priority}; allowed: a whole number from 1 to ${maxRetries}`,
    );
  });

  test("may have any priority above Golem's own", () => {
    expect(toNamedPolicy(golemDefaults, "mine", 1).priority).toBe(1);
    expect(toNamedPolicy(golemDefaults, "mine", maxRetries).priority).toBe(maxRetries);
  });

  test("that Golem 1.5 has by itself is that of 1.2, but for the jitter on top of its cap", () => {
    const given = named(times(3), jitter(0.15, 2), clamp(100n * ms, 1000n * ms, 3), exponential(100n * ms, 3));
    expect(fromNamedPolicy(given)).toEqual({
      policy: golemDefaults,
      lost: ["its jitter on top of the longest wait: here maxDelay holds for both"],
    });
  });

  test.each<[string, NamedPolicy, object]>([
    ["periodic", named(times(3), { tag: "periodic", val: 5n }), { retries: 3, minDelay: 5n, multiplier: 1 }],
    ["immediate", named(times(3), { tag: "immediate" }), { retries: 3, minDelay: 0n, multiplier: 1 }],
    ["never", named({ tag: "never" }), { retries: 0 }],
    ["the lower of two counts", named(times(3), times(2, 2), exponential(5n, 2)), { retries: 2 }],
    [
      "raised to its shortest wait",
      named(times(3), clamp(9n, 20n, 2), { tag: "periodic", val: 5n }),
      { minDelay: 9n, maxDelay: 20n },
    ],
    [
      "the narrower of two clamps",
      named(times(3), clamp(3n, 50n, 2), clamp(2n, 60n, 3), exponential(5n, 2)),
      { maxDelay: 50n, minDelay: 5n },
    ],
    ["a jitter of nothing", named(times(3), jitter(0.1, 2), jitter(0, 3), exponential(5n, 2)), { jitter: 0.1 }],
    [
      "its shortest wait, where the waits do not fall below it",
      named(times(3), clamp(5n, 50n, 2), exponential(5n, 2)),
      { minDelay: 5n },
    ],
    ["no cap", named(times(3), exponential(5n, 2)), { maxDelay: maxDuration }],
  ])("converts without a loss: %s", (_, given, policy) => {
    expect(fromNamedPolicy(given)).toEqual({ policy: expect.objectContaining(policy), lost: [] });
  });

  test.each<[string, NamedPolicy, RegExp]>([
    [
      "a predicate",
      { ...named(times(3), exponential(5n, 2)), predicate: { nodes: [{ tag: "prop-exists", val: "status-code" }] } },
      /^its predicate: .*retryIf/,
    ],
    [
      "a limit",
      named(times(3), { tag: "time-box", val: { limit: 60_000n * ms, inner: 2 } }, exponential(5n, 2)),
      /^its limit of 1m: take deadline/,
    ],
    [
      "a filter",
      named(times(3), { tag: "filtered-on", val: { predicate: always, inner: 2 } }, exponential(5n, 2)),
      /^its filter: take retryIf/,
    ],
    ["no end", named(exponential(5n, 2)), /^that it has no end/],
    [
      "a shortest wait below which its waits fall",
      named(times(3), clamp(2n, 20n, 2), exponential(5n, 0.5)),
      /^its shortest wait of 2ns/,
    ],
    ["no predicate at all", { ...named(times(3), exponential(5n, 2)), predicate: { nodes: [] } }, /^its predicate/],
    ["a shortest wait", named(times(3), clamp(9n, 20n, 2), exponential(5n, 2)), /^its shortest wait of 9ns/],
    ["a second jitter", named(times(3), jitter(0.1, 2), jitter(0.2, 3), exponential(5n, 2)), /^one of its two jitters/],
  ])("says what is lost: %s", (_, given, sentence) => {
    expect(fromNamedPolicy(given).lost).toEqual([expect.stringMatching(sentence)]);
  });

  test.each<[string, NamedPolicy, RegExp]>([
    [
      "fibonacci",
      named(times(3), { tag: "fibonacci", val: { first: 1n, second: 2n } }),
      /fibonacci of "of-1\.5" has no counterpart; allowed: exponential/,
    ],
    [
      "two in one",
      named(times(3), { tag: "and-then", val: [2, 2] }, exponential(5n, 2)),
      /and-then of "of-1\.5" has no counterpart/,
    ],
    ["a node that is missing", named(times(3, 7)), /node 7, which is missing, of "of-1\.5"/],
    ["none at all", named(), /node 0, which is missing, of/],
    ["a node within itself", named(times(3, 0)), /are no tree: one is within itself/],
    ["a factor that is no number", named(times(3), exponential(5n, Number.NaN)), /multiplier is NaN/],
  ])("is refused: %s", (_, given, message) => {
    expect(() => fromNamedPolicy(given)).toThrow(message);
  });
});
