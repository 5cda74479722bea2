import fc from "fast-check";
import { expect, describe as suite, test } from "vitest";
import {
  type Duration,
  formatDuration,
  fromWit,
  maxDuration,
  nanoseconds,
  type RetryPolicyOptions,
  retryPolicy,
  samePolicy,
  toWit,
} from "../../src/policy/index.js";
import { anyPolicy } from "./arbitrary.js";

suite("durations", () => {
  test.each<[Duration, bigint]>([
    ["150ms", 150_000_000n],
    ["2s", 2_000_000_000n],
    ["5m", 300_000_000_000n],
    ["1h", 3_600_000_000_000n],
    ["1.5s", 1_500_000_000n],
    ["0.1us", 100n],
    ["7ns", 7n],
    [{ seconds: 2 }, 2_000_000_000n],
    [{ minutes: 1, milliseconds: 0.5 }, 60_000_500_000n],
    [{ seconds: 0 }, 0n],
    [{ hours: 1, minutes: 1, seconds: 1, microseconds: 1, nanoseconds: 1 }, 3_661_000_001_001n],
    ["12345678901234567890ns", 12_345_678_901_234_567_890n],
    ["0.9ns", 0n],
    [0n, 0n],
    [42n, 42n],
    [maxDuration, maxDuration],
  ])("%o", (duration, ns) => {
    expect(nanoseconds(duration)).toBe(ns);
  });

  test.each([
    ["2 s", TypeError],
    ["2", TypeError],
    ["-2s", TypeError],
    ["1e3ms", TypeError],
    ["2 weeks", TypeError],
    ["", TypeError],
    [2000, TypeError],
    [Number.NaN, TypeError],
    [null, TypeError],
    [{}, TypeError],
    [{ second: 2 }, TypeError],
    [{ toString: 2 }, TypeError],
    [{ seconds: -1 }, TypeError],
    [{ seconds: Number.POSITIVE_INFINITY }, TypeError],
    [["1s"], TypeError],
    [-1n, RangeError],
    [maxDuration + 1n, RangeError],
    ["9999999999h", RangeError],
  ])("%o is refused", (value, kind) => {
    const attempt = () => nanoseconds(value as Duration, "minDelay");
    expect(attempt).toThrow(kind);
    expect(attempt).toThrow(/^minDelay is .*; allowed: "150ms"/);
  });

  test.each([
    [{ seconds: "2", list: [1n, null] }, 'duration is {seconds: "2", list: [1n, null]}, which is no duration'],
    [["1s", "2s"], 'duration is ["1s", "2s"], which is no duration'],
    [undefined, "duration is undefined, which is no duration"],
    [-1n, "duration is -1n, out of range"],
  ])("%o is refused, and shown as it was written", (value, message) => {
    expect(() => nanoseconds(value as Duration)).toThrow(message);
  });

  test("are read back from what is shown", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: maxDuration }), (ns) => {
        expect(nanoseconds(formatDuration(ns) as Duration)).toBe(ns);
      }),
    );
  });

  test.each([
    [0n, "0s"],
    [90_000_000_000n, "90s"],
    [1_600_000_000n, "1.6s"],
    [100_000_000n, "100ms"],
    [7_200_000_000_000n, "2h"],
    [500_000n, "500us"],
    [1n, "1ns"],
    [-1_600_000_000n, "-1.6s"],
  ])("%d ns is shown as %s", (ns, text) => {
    expect(formatDuration(ns)).toBe(text);
  });
});

const good: RetryPolicyOptions = { retries: 5, minDelay: "200ms", maxDelay: "10s", multiplier: 2, jitter: 0.1 };

suite("a policy", () => {
  test("is a frozen value in nanoseconds", () => {
    const policy = retryPolicy(good);
    expect(policy).toEqual({
      retries: 5,
      minDelay: 200_000_000n,
      maxDelay: 10_000_000_000n,
      multiplier: 2,
      jitter: 0.1,
    });
    expect(Object.isFrozen(policy)).toBe(true);
    expect(retryPolicy(policy)).toEqual(policy);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ retries: -1 }, "retryPolicy: retries is -1; allowed: a whole number from 0 to 4294967295"],
    [{ retries: 2.5 }, "retries is 2.5"],
    [{ retries: Number.NaN }, "retries is NaN"],
    [{ retries: Number.POSITIVE_INFINITY }, "retries is Infinity"],
    [{ retries: 2 ** 32 }, "retries is 4294967296"],
    [{ retries: "5" }, 'retries is "5"'],
    [{ retries: undefined }, "retries is undefined"],
    [{ minDelay: "fast" }, 'retryPolicy: minDelay is "fast", which is no duration'],
    [{ minDelay: 200 }, "minDelay is 200, which is no duration"],
    [{ maxDelay: 2n ** 64n }, "maxDelay is 18446744073709551616n, out of range"],
    [{ maxDelay: -1n }, "maxDelay is -1n, out of range"],
    [{ maxDelay: undefined }, "maxDelay is undefined"],
    [{ multiplier: Number.NaN }, "multiplier is NaN; allowed: a finite number, 0 or more"],
    [{ multiplier: -1 }, "multiplier is -1"],
    [{ multiplier: Number.POSITIVE_INFINITY }, "multiplier is Infinity"],
    [{ jitter: 15 }, "jitter is 15; allowed: a number from 0 to 1"],
    [{ jitter: -0.1 }, "jitter is -0.1"],
    [{ jitter: Number.NaN }, "jitter is NaN"],
    [{ delay: "1s" }, "delay is no field of a policy; allowed: retries, minDelay"],
    [{ maxAttempts: 3 }, "maxAttempts is no field of a policy (max-attempts of Golem's record is retries here"],
  ])("%o is refused", (wrong, message) => {
    expect(() => retryPolicy({ ...good, ...wrong } as RetryPolicyOptions)).toThrow(message);
  });

  test.each([null, 5, "patient"])("%j is no policy", (value) => {
    expect(() => retryPolicy(value as unknown as RetryPolicyOptions)).toThrow(
      `retryPolicy takes an object, not ${JSON.stringify(value)}; its fields: retries, minDelay, maxDelay, multiplier, jitter`,
    );
  });

  test("may have each number at the ends of its range", () => {
    const least = { retries: 0, minDelay: 0n, maxDelay: 0n, multiplier: 0, jitter: 0 };
    const most = {
      retries: 2 ** 32 - 1,
      minDelay: maxDuration,
      maxDelay: maxDuration,
      multiplier: Number.MAX_VALUE,
      jitter: 1,
    };
    expect(retryPolicy(least)).toEqual(least);
    expect(retryPolicy(most)).toEqual(most);
    expect(retryPolicy({ ...least, multiplier: -0 }).multiplier).toBe(0); // and not -0
  });

  test.each<[string, Partial<RetryPolicyOptions>]>([
    ["retries", { retries: 6 }],
    ["minDelay", { minDelay: "201ms" }],
    ["maxDelay", { maxDelay: "11s" }],
    ["multiplier", { multiplier: 3 }],
    ["jitter", { jitter: 0.2 }],
  ])("is the same as another unless they differ, in %s for one", (_, other) => {
    expect(samePolicy(retryPolicy(good), retryPolicy(good))).toBe(true);
    expect(samePolicy(retryPolicy(good), retryPolicy({ ...good, ...other }))).toBe(false);
  });

  test("has no jitter in the WIT record when it has none", () => {
    const record = { maxAttempts: 5, minDelay: 200_000_000n, maxDelay: 10_000_000_000n, multiplier: 2 };
    expect(toWit(retryPolicy({ ...good, jitter: 0 }))).toStrictEqual(record);
    expect(toWit(retryPolicy(good))).toStrictEqual({ ...record, maxJitterFactor: 0.1 });
  });

  test("goes through the WIT record and back unchanged", () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(fromWit(toWit(policy))).toEqual(policy);
      }),
    );
  });

  test("is refused when a host's record holds what Golem never checked", () => {
    const record = { maxAttempts: 3, minDelay: 0n, maxDelay: 0n, multiplier: Number.NaN };
    expect(() => fromWit(record)).toThrow("multiplier is NaN");
  });
});
