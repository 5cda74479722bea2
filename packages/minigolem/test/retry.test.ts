import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostRetryPolicy } from "../src/oplog/entries.js";
import { golemDefaultPolicy, retryDelay } from "../src/retry.js";

const ms = (n: number) => BigInt(Math.round(n * 1e6));
const policy = (
  maxAttempts: number,
  min: number,
  max: number,
  multiplier: number,
  maxJitterFactor?: number,
): HostRetryPolicy => ({
  maxAttempts,
  minDelay: ms(min),
  maxDelay: ms(max),
  multiplier,
  maxJitterFactor,
});

/** The waits until it gives up. */
function waits(p: HostRetryPolicy, random = () => 0): number[] {
  const all: number[] = [];
  for (let tries = 0; ; tries++) {
    const delay = retryDelay(p, tries, random);
    if (delay === undefined) return all;
    all.push(delay);
  }
}

describe("waits of Golem 1.2, as its server was seen to keep them", () => {
  test.each([
    ["the default", golemDefaultPolicy, [100, 100, 300]],
    ["×2: the first wait twice", policy(6, 50, 1000, 2), [50, 50, 100, 200, 400, 800]],
    ["×3 up to the cap", policy(4, 40, 400, 3), [40, 40, 120, 360]],
    ["×1.5 is ×1", policy(3, 100, 2000, 1.5), [100, 100, 100]],
    ["×0.5 is ×0", policy(4, 100, 1000, 0.5), [100, 100, 0, 0]],
    ["×−2 is ×0", policy(3, 100, 1000, -2), [100, 100, 0]],
    ["×NaN is ×0", policy(2, 100, 1000, Number.NaN), [100, 100]],
    ["×∞ is the cap", policy(3, 100, 1000, Number.POSITIVE_INFINITY), [100, 100, 1000]],
    ["nothing times ∞ is nothing", policy(3, 0, 1000, Number.POSITIVE_INFINITY), [0, 0, 0]],
    ["half a millisecond is none", policy(4, 0.5, 1000, 2), [0, 0, 0, 0]],
    ["min over max: max", policy(3, 200, 100, 2), [100, 100, 100]],
    ["no retries", policy(0, 100, 1000, 2), []],
    ["one retry", policy(1, 100, 1000, 2), [100]],
  ])("%s", (_, p, expected) => {
    expect(waits(p)).toEqual(expected);
  });

  test("jitter comes on top, and the cap after it", () => {
    expect(waits(policy(4, 200, 500, 2, 0.5), () => 0.999)).toEqual([299, 299, 500, 500]);
  });
});

test("a wait is never negative and never over the cap", () => {
  const anyPolicy = fc.record({
    maxAttempts: fc.integer({ min: 1, max: 50 }),
    minDelay: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    maxDelay: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    multiplier: fc.double(),
    maxJitterFactor: fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(anyPolicy, fc.double({ min: 0, max: 0.999, noNaN: true }), (p, random) => {
      const all = waits(p, () => random);
      expect(all).toHaveLength(p.maxAttempts);
      for (const wait of all) {
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Number(p.maxDelay / 1_000_000n));
      }
    }),
  );
});
