import * as host from "golem:api/host@1.1.0";
import { fromWit, type RetryPolicy, toWit, type WitRetryPolicy } from "./policy/index.js";

/** The record of the host, kept as it is: a policy set by other code can be one that we would refuse. */
export type HostPolicy = WitRetryPolicy;

/**
 * The retry policy in force: the last one set in this worker's life, or the server's own.
 * @throws if it is one that `retryPolicy` refuses: Golem itself checks nothing
 */
export function getRetryPolicy(): RetryPolicy {
  return fromWit(host.getRetryPolicy());
}

/**
 * Puts a policy in force until another is set, beyond this invocation too. Golem 1.2 truncates its multiplier and drops its
 * jitter: see `lint`.
 */
export function setRetryPolicy(policy: RetryPolicy): void {
  host.setRetryPolicy(toWit(policy));
}

const fields = ["maxAttempts", "minDelay", "maxDelay", "multiplier", "maxJitterFactor"] as const;

/** Puts a record back, unless it is still in force: what is set is on record, and would replace the server's own for good. */
export function putBack(before: HostPolicy): void {
  const now = host.getRetryPolicy();
  if (!fields.every((field) => Object.is(now[field], before[field]))) host.setRetryPolicy(before);
}

/** An override that is, or was, in force. */
interface Scope {
  readonly policy: HostPolicy;
  state: "running" | "succeeded" | "failed";
}

// Bottom first. Scopes of concurrent calls may end in any order; `below` is in force when none is left.
let scopes: Scope[] = [];
let below: HostPolicy | undefined;

function leave(scope: Scope): void {
  const at = scopes.indexOf(scope);
  scope.state = "succeeded";
  if (at < 0 || scopes.slice(at + 1).some((above) => above.state === "running")) return;
  scopes.length = at;
  while (scopes.at(-1)?.state === "succeeded") scopes.pop();
  const next = scopes.at(-1)?.policy ?? below;
  if (next) host.setRetryPolicy(next);
}

/** Options of {@link withRetryPolicy}. */
export interface ScopeOptions {
  /**
   * When the previous policy is restored. `"success"` (default): only when the body succeeds. An error that leaves the scope is about
   * to fail the worker, and Golem decides by the policy in force at that moment. An override that `finally` takes back has no effect.
   * `"always"`: for a caller who catches the error.
   */
  readonly restore?: "success" | "always";
}

/**
 * Runs the body under a policy, then puts back the one from before. Scopes nest.
 *
 * The policy decides whether, and when, Golem retries the worker. It doesn't make Golem execute the body again: what is on
 * record is replayed, failures too. For that there is `retrying`.
 */
export async function withRetryPolicy<T>(
  policy: RetryPolicy,
  body: () => T | Promise<T>,
  { restore = "success" }: ScopeOptions = {},
): Promise<T> {
  if (!scopes.some((scope) => scope.state === "running")) {
    scopes = [];
    below = host.getRetryPolicy();
  }
  const scope: Scope = { policy: toWit(policy), state: "running" };
  scopes.push(scope);
  host.setRetryPolicy(scope.policy);
  try {
    const result = await body();
    leave(scope);
    return result;
  } catch (error) {
    if (restore === "always") leave(scope);
    else scope.state = "failed";
    throw error;
  }
}
