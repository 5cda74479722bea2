import { type Duration, nanoseconds, show } from "./duration.js";

/**
 * How often, and after which waits, something is tried again. Frozen; made by {@link retryPolicy}.
 * @see {@link toWit} for the record that `golem:api/host` has
 */
export interface RetryPolicy {
  /** Executions after the first: executions = retries + 1. Golem's WIT record calls this `max-attempts`. */
  readonly retries: number;
  /** Nanoseconds before the first retry. */
  readonly minDelay: bigint;
  /** Nanoseconds that no wait exceeds, jitter included. */
  readonly maxDelay: bigint;
  /** Each wait is the one before times this. */
  readonly multiplier: number;
  /** Each wait is longer by a random part of up to this share: 0.1 is up to 10 %. */
  readonly jitter: number;
}

/** What {@link retryPolicy} takes. */
export interface RetryPolicyOptions {
  /** Executions after the first, a whole number from 0 to 4294967295. */
  readonly retries: number;
  /** Before the first retry. 0 to about 584 years. */
  readonly minDelay: Duration;
  /** The most that is waited, jitter included. 0 to about 584 years. */
  readonly maxDelay: Duration;
  /** A finite number, 0 or more. 1 is a constant wait. */
  readonly multiplier: number;
  /** 0 to 1; 0 if not given. */
  readonly jitter?: number;
}

/** The most retries that WIT's `u32` holds. */
export const maxRetries = 2 ** 32 - 1;

const known = ["retries", "minDelay", "maxDelay", "multiplier", "jitter"];

function within(field: string, value: unknown, from: number, to: number, allowed: string, whole = false): number {
  if (typeof value !== "number") throw new TypeError(`${field} is ${show(value)}; allowed: ${allowed}`);
  if (!(value >= from && value <= to && Number.isFinite(value) && (!whole || Number.isInteger(value)))) {
    throw new RangeError(`${field} is ${show(value)}; allowed: ${allowed}`);
  }
  return value + 0; // -0 becomes 0
}

/**
 * A retry policy, checked and frozen.
 *
 * What is merely unwise, or what an engine changes silently (a fraction in `multiplier`, microseconds), is no error: see {@link lint}.
 * @throws TypeError or RangeError that names the field, its value and what is allowed
 * @example retryPolicy({ retries: 5, minDelay: "200ms", maxDelay: "10s", multiplier: 2, jitter: 0.1 })
 */
export function retryPolicy(options: RetryPolicyOptions): RetryPolicy {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`retryPolicy takes an object, not ${show(options)}; its fields: ${known.join(", ")}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const hint = /attempts/i.test(key)
      ? " (max-attempts of Golem's record is retries here: executions = retries + 1)"
      : "";
    throw new TypeError(`retryPolicy: ${key} is no field of a policy${hint}; allowed: ${known.join(", ")}`);
  }
  const { retries, minDelay, maxDelay, multiplier, jitter = 0 } = options;
  return Object.freeze({
    retries: within("retryPolicy: retries", retries, 0, maxRetries, `a whole number from 0 to ${maxRetries}`, true),
    minDelay: nanoseconds(minDelay, "retryPolicy: minDelay"),
    maxDelay: nanoseconds(maxDelay, "retryPolicy: maxDelay"),
    multiplier: within("retryPolicy: multiplier", multiplier, 0, Number.MAX_VALUE, "a finite number, 0 or more"),
    jitter: within("retryPolicy: jitter", jitter, 0, 1, "a number from 0 to 1, 0.1 being up to 10 %"),
  });
}

// They are marked as pure, so that a component's bundle holds only those that it uses.

/** Golem 1.2's own policy: 3 retries, 100 ms to 1 s, ×3, up to 15 % of jitter (`golem-common/src/config.rs`). */
export const golemDefaults: RetryPolicy = /* @__PURE__ */ retryPolicy({
  retries: 3,
  minDelay: "100ms",
  maxDelay: "1s",
  multiplier: 3,
  jitter: 0.15,
});

/** Policies for common needs. */
export const presets = /* @__PURE__ */ Object.freeze({
  /** No retry: the first failure is the last. */
  none: /* @__PURE__ */ retryPolicy({ retries: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 }),
  /** A hiccup while a caller waits: under a second in all. */
  quick: /* @__PURE__ */ retryPolicy({ retries: 3, minDelay: "100ms", maxDelay: "500ms", multiplier: 2 }),
  /** Every second, ten times. */
  steady: /* @__PURE__ */ retryPolicy({ retries: 10, minDelay: "1s", maxDelay: "1s", multiplier: 1 }),
  /** A service that restarts: about a quarter of an hour. */
  patient: /* @__PURE__ */ retryPolicy({ retries: 20, minDelay: "1s", maxDelay: "1m", multiplier: 2, jitter: 0.1 }),
  /** An outage: about two days, an hour at most between two tries. */
  persistent: /* @__PURE__ */ retryPolicy({ retries: 60, minDelay: "1s", maxDelay: "1h", multiplier: 2, jitter: 0.1 }),
});

/** `retry-policy` of `golem:api/host`, as component bindings show it. */
export interface WitRetryPolicy {
  /** Retries, not executions: Golem 1.2 executes max-attempts + 1 times. */
  maxAttempts: number;
  /** Nanoseconds. */
  minDelay: bigint;
  /** Nanoseconds. */
  maxDelay: bigint;
  /** Golem 1.2 cuts it to a whole number. */
  multiplier: number;
  /** Golem 1.2 drops it. */
  maxJitterFactor?: number;
}

/** The record for `set-retry-policy`. Golem 1.2 drops its jitter and truncates its multiplier: see {@link lint}. */
export function toWit(policy: RetryPolicy): WitRetryPolicy {
  const { retries, minDelay, maxDelay, multiplier, jitter } = policy;
  return { maxAttempts: retries, minDelay, maxDelay, multiplier, ...(jitter > 0 ? { maxJitterFactor: jitter } : {}) };
}

/**
 * The policy in a record of `get-retry-policy`.
 * @throws as {@link retryPolicy}: Golem itself checks nothing, so that a record can hold a multiplier of NaN
 */
export function fromWit(record: WitRetryPolicy): RetryPolicy {
  const { maxAttempts, minDelay, maxDelay, multiplier, maxJitterFactor } = record;
  return retryPolicy({ retries: maxAttempts, minDelay, maxDelay, multiplier, jitter: maxJitterFactor ?? 0 });
}

/** Whether two policies say the same. */
export function samePolicy(a: RetryPolicy, b: RetryPolicy): boolean {
  return (
    a.retries === b.retries &&
    a.minDelay === b.minDelay &&
    a.maxDelay === b.maxDelay &&
    a.multiplier === b.multiplier &&
    a.jitter === b.jitter
  );
}
