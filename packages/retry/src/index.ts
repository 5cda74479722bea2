/**
 * For components: scopes of a retry policy, and steps that Golem executes again. What `golem-retry/policy` exports is exported
 * here, too.
 * @module golem-retry
 */

export { type Attempt, attempt } from "./attempt.js";
export { type Answered, giveUp, type PreviousError, retryAfter } from "./errors.js";
export type { Body, Execution } from "./execution.js";
export type { Guest } from "./guest.js";
export { idempotencyKey } from "./idempotency-key.js";
export { getRetryPolicy, type ScopeOptions, setRetryPolicy, withRetryPolicy } from "./in-force.js";
export { retryingInPlace } from "./in-place.js";
export type { RetryOptions } from "./next.js";
export * from "./policy/index.js";
export { atomically } from "./region.js";
export { type Refusal, responseError } from "./response-error.js";
export { retrying, type StepOptions } from "./retrying.js";
