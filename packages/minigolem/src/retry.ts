import type { HostRetryPolicy } from "./oplog/entries.js";

/** Golem 1.2's own policy: 3 retries, 100 ms to 1 s, ×3, up to 15 % jitter (`golem-common/src/config.rs`). */
export const golemDefaultPolicy: HostRetryPolicy = {
  maxAttempts: 3,
  minDelay: 100_000_000n,
  maxDelay: 1_000_000_000n,
  multiplier: 3,
  maxJitterFactor: 0.15,
};

const million = 1_000_000n;

/** Golem counts in 64 bits, and stays at the top instead of overflowing. */
const saturated = (n: number) => Math.min(n, 2 ** 64);

/**
 * How long Golem 1.2 waits before it retries, or undefined: it gives up.
 * As `golem-common/src/retries.rs` at v1.2.0 has it: whole milliseconds, the multiplier truncated to an integer, the first
 * delay used twice, jitter on top, and the cap after it.
 * @param tries failures on record before this one
 * @param random uniform in [0, 1)
 * @returns milliseconds, 0 or more
 */
export function retryDelay(policy: HostRetryPolicy, tries: number, random: () => number): number | undefined {
  if (tries >= policy.maxAttempts) return undefined;
  const exponent = Math.max(0, tries - 1);
  const multiplier = Number.isNaN(policy.multiplier) ? 0 : saturated(Math.max(0, Math.trunc(policy.multiplier)));
  const base = saturated(Number(policy.minDelay / million) * saturated(multiplier ** exponent));
  const jitter = Math.trunc(base * random() * (policy.maxJitterFactor ?? 0));
  return Math.min(Number(policy.maxDelay / million), base + jitter);
}
