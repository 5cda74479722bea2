export { describe } from "./describe.js";
export { type Duration, type DurationFields, formatDuration, maxDuration, nanoseconds } from "./duration.js";
export { type Finding, lint } from "./lint.js";
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
