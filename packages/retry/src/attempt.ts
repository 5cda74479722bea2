import { errorMessage } from "./errors.js";
import { loop } from "./loop.js";
import { type RetryOptions, rulesOf } from "./next.js";

/** What came of an {@link attempt}. */
export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

const once = { retries: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1, jitter: 0 };

/**
 * Runs the body once and gives its value or its error, for a failure that the component lives with. Take it instead of `try` and `catch`
 * around a request.
 *
 * A request that got no answer (refused, reset, timed out, aborted) leaves a gap in the history, and each later recovery of the worker would
 * begin again there. `attempt` stores the error and jumps back to where the body began, so the history has neither the request nor the gap. What
 * the body changed in the component's memory is undone. Read the response inside the body, to its end.
 *
 * The error keeps its name, message, cause and own fields, as JSON has them, and the built-in classes. It loses its stack, classes of your
 * own, functions and symbols. What was thrown and is no `Error` is the `cause` of one.
 * @param body gets a `signal`, aborted after `timeout`
 * @throws when another `attempt` or `retryingInPlace` has not ended: it may neither overlap with it nor be inside it. It may be inside
 * `retrying` and `atomically`, where a failure executes the region again, which then gets the error here
 * @throws when the key-value store fails
 * @example
 * const answer = await attempt(async () => (await fetch(url)).text());
 * return answer.ok ? answer.value : `no answer: ${answer.error.message}`;
 */
export async function attempt<T>(
  body: (execution: { readonly signal: AbortSignal }) => T | Promise<T>,
  { timeout }: Pick<RetryOptions, "timeout"> = {},
): Promise<Attempt<T>> {
  const rules = rulesOf("attempt", timeout === undefined ? { exhausted: "throw" } : { exhausted: "throw", timeout });
  const ended = await loop("attempt", once, body, rules);
  if (ended.ok) return ended;
  const { error } = ended;
  return { ok: false, error: error instanceof Error ? error : new Error(errorMessage(error), { cause: error }) };
}
