import type { Policy } from "./entries.js";

/**
 * Milliseconds that Golem 1.2 waits before it retries: whole milliseconds, the multiplier truncated, the first wait twice, the
 * jitter on top, the cap after it (`golem-common/src/retries.rs` at v1.2.0).
 * @param failures in a row before this one
 * @returns least and most, for the jitter is random; undefined: it gives up
 */
export function plannedDelay(policy: Policy, failures: number): { least: number; most: number } | undefined {
  if (failures >= policy.retries) return undefined;
  const multiplier = Number.isNaN(policy.multiplier) ? 0 : Math.max(0, Math.trunc(policy.multiplier));
  const base = Math.min(Math.trunc(policy.minDelay) * multiplier ** Math.max(0, failures - 1), Number.MAX_SAFE_INTEGER);
  const cap = Math.trunc(policy.maxDelay);
  return { least: Math.min(cap, base), most: Math.min(cap, base + Math.trunc(base * policy.jitter)) };
}
