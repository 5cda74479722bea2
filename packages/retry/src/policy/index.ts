/**
 * Policies as values: made, checked, described, planned. Imports nothing of a host, and so works in Node and in browsers.
 * @module golem-retry/policy
 */

export { describe } from "./describe.js";
export { type Duration, type DurationFields, formatDuration, maxDuration, nanoseconds } from "./duration.js";
export { type Finding, lint } from "./lint.js";
export {
  fromNamedPolicy,
  type NamedPolicy,
  type PolicyNode,
  type PredicateNode,
  type PredicateValue,
  toNamedPolicy,
} from "./named.js";
export { delayBefore, type Engine, maxPlanned, type Plan, plan } from "./plan.js";
export {
  fromWit,
  golemDefaults,
  maxRetries,
  presets,
  type RetryPolicy,
  type RetryPolicyOptions,
  retryPolicy,
  samePolicy,
  toWit,
  type WitRetryPolicy,
} from "./policy.js";
