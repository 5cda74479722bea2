import type { RetryPolicy } from "./policy.js";

/**
 * What carries the policy out.
 * - `"ideal"`: as the policy reads; `retrying` and `retryingInPlace` do it.
 * - `"golem-1.2"`: Golem 1.2 with the policy given to `set-retry-policy`, which drops the jitter.
 * - `"golem-1.2-config"`: Golem 1.2 with the policy of its own configuration, jitter included, as in {@link golemDefaults}.
 */
export type Engine = "ideal" | "golem-1.2" | "golem-1.2-config";

/** What happens when every execution fails. Durations in nanoseconds. */
export interface Plan {
  /** Retries + 1. */
  readonly executions: number;
  /** The wait before each retry, jitter left out. */
  readonly delays: readonly bigint[];
  /** The same with all the jitter that can be. */
  readonly longest: readonly bigint[];
  /** Sum of `delays`: what is waited in all, the executions themselves not counted. */
  readonly total: bigint;
  /** Sum of `longest`. */
  readonly longestTotal: bigint;
}

/** A plan lists every wait, so it takes no more retries than this. */
export const maxPlanned = 100_000;

const million = 1_000_000n;
const u64 = 2n ** 64n - 1n;
const saturated = (n: bigint) => (n > u64 ? u64 : n);
const least = (a: bigint, b: bigint) => (a < b ? a : b);

/** Rust's `as u64`: fractions cut off, too large ones stay at the top, NaN and negatives are 0. */
function truncated(n: number): bigint {
  if (!(n > 0)) return 0n;
  return n >= 2 ** 64 ? u64 : BigInt(Math.trunc(n));
}

function power(base: bigint, exponent: number): bigint {
  if (base < 2n) return exponent === 0 ? 1n : base;
  let result = 1n;
  for (let i = 0; i < exponent && result < u64; i++) result = saturated(result * base);
  return result;
}

/** `golem-common/src/retries.rs` at v1.2.0: the first wait comes twice, jitter goes on top, the cap after it; whole milliseconds. */
function golem12(policy: RetryPolicy, retry: number, random: number): bigint {
  const multiplier = power(truncated(policy.multiplier), Math.max(0, retry - 2));
  const base = saturated((policy.minDelay / million) * multiplier);
  const jittered = saturated(base + truncated(Number(base) * policy.jitter * random));
  return least(policy.maxDelay / million, jittered) * million;
}

/** `delayBefore` of the engine "ideal". It stands alone, so that a component's bundle holds only what it uses. */
export function idealDelay(policy: RetryPolicy, retry: number, random: number): bigint {
  if (policy.minDelay === 0n) return 0n; // 0 × Infinity is NaN
  const factor = policy.multiplier ** (retry - 1) * (1 + policy.jitter * random);
  if (factor === 1) return least(policy.minDelay, policy.maxDelay);
  const delay = Number(policy.minDelay) * factor;
  return delay >= Number(policy.maxDelay) ? policy.maxDelay : BigInt(Math.round(delay));
}

/**
 * Nanoseconds waited before a retry.
 * @param retry 1 for the first
 * @param random how much of the jitter, from 0 to 1
 */
export function delayBefore(policy: RetryPolicy, retry: number, engine: Engine = "ideal", random = 0): bigint {
  if (engine === "ideal") return idealDelay(policy, retry, random);
  return golem12(policy, retry, engine === "golem-1.2" ? 0 : random);
}

/**
 * Every execution and wait of a policy, should all executions fail.
 * @throws RangeError if the policy has more than {@link maxPlanned} retries
 */
export function plan(policy: RetryPolicy, engine: Engine = "ideal"): Plan {
  if (policy.retries > maxPlanned) {
    throw new RangeError(
      `plan: retries is ${policy.retries}; allowed: up to ${maxPlanned}, as each wait is listed. delayBefore(policy, n) gives a single one`,
    );
  }
  const list = (random: number) =>
    Array.from({ length: policy.retries }, (_, i) => delayBefore(policy, i + 1, engine, random));
  const sum = (each: bigint[]) => each.reduce((a, b) => a + b, 0n);
  const delays = list(0);
  const longest = list(1);
  return { executions: policy.retries + 1, delays, longest, total: sum(delays), longestTotal: sum(longest) };
}
