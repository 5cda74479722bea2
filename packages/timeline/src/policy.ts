import { droppedRegions, duration, type Fields, fieldsOf, type IndexedEntry } from "./entries.js";

/** A retry policy. Durations in milliseconds. */
export interface Policy {
  /** Golem's max-attempts. There is one execution more. */
  retries: number;
  minDelay: number;
  maxDelay: number;
  multiplier: number;
  /** The most that is added, as a share of the wait: 0.15 is 15 %. 0: none. */
  jitter: number;
}

/** The policy of a `ChangeRetryPolicy` entry. */
export function policyOf(entry: Fields): Policy {
  const policy = (entry.new_policy ?? {}) as Record<string, unknown>;
  return {
    retries: Number(policy.max_attempts ?? 0),
    minDelay: duration(policy.min_delay),
    maxDelay: duration(policy.max_delay),
    multiplier: policy.multiplier === null || policy.multiplier === undefined ? Number.NaN : Number(policy.multiplier),
    jitter: Number(policy.max_jitter_factor ?? 0),
  };
}

/** Jitter does not count: Golem 1.2 drops it from a policy that a component sets. */
export const samePolicy = (a: Policy, b: Policy): boolean =>
  a.retries === b.retries &&
  Math.round(a.minDelay) === Math.round(b.minDelay) &&
  Math.round(a.maxDelay) === Math.round(b.maxDelay) &&
  Object.is(a.multiplier, b.multiplier);

/** The policy in force at the end of an oplog. */
export function policyAtEnd(entries: readonly IndexedEntry[], defaultPolicy: Policy): Policy {
  const dropped = droppedRegions(entries);
  const last = entries.findLast(
    ({ oplogIndex, entry }) =>
      entry.type === "ChangeRetryPolicy" && !dropped.some(({ start, end }) => oplogIndex >= start && oplogIndex <= end),
  );
  return last ? policyOf(fieldsOf(last)) : defaultPolicy;
}

/**
 * Computes what Golem 1.2 waits before it retries, in milliseconds: whole ones, the multiplier truncated, the first wait twice,
 * jitter on top, and the cap after it (`golem-common/src/retries.rs` at v1.2.0).
 * @param failures in a row before this one
 * @returns least and most, as jitter is random; undefined: Golem gives up
 */
export function plannedDelay(policy: Policy, failures: number): { least: number; most: number } | undefined {
  if (failures >= policy.retries) return undefined;
  const multiplier = Number.isNaN(policy.multiplier) ? 0 : Math.max(0, Math.trunc(policy.multiplier));
  const base = Math.min(Math.trunc(policy.minDelay) * multiplier ** Math.max(0, failures - 1), Number.MAX_SAFE_INTEGER);
  const cap = Math.trunc(policy.maxDelay);
  return { least: Math.min(cap, base), most: Math.min(cap, base + Math.trunc(base * policy.jitter)) };
}
