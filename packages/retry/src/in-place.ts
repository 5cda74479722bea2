import type { Body } from "./execution.js";
import { loop } from "./loop.js";
import { type RetryOptions, rulesOf } from "./next.js";
import type { RetryPolicy } from "./policy/index.js";

/**
 * Executes the body as {@link retrying} does, without a region, a trap or a change of policy: the worker jumps back in its oplog.
 *
 * A failed execution leaves nothing in the history, and nothing in the component's memory. Golem replays the worker up to the mark at
 * which the execution began, so what the body changed is undone. It may be used inside `retrying` and `atomically`, where the region
 * is executed again as a whole.
 * With `exhausted: "fail"` the worker fails; inside a region, which is not its own to fail, it throws instead. A worker that failed
 * stays so: a replay finds the failure on record.
 * Take idempotency keys before it. Golem suspends the worker for waits of ten seconds or more, and it goes on from there.
 * @returns what the body returned
 * @throws with `exhausted: "throw"` the last error, as an {@link attempt} gives it
 * @throws when another `retryingInPlace` or `attempt` has not ended. They may neither overlap nor be nested: a failure drops
 * everything since its execution began. Requests of your own beside it can't be seen, and are dropped as well
 */
export async function retryingInPlace<T>(policy: RetryPolicy, body: Body<T>, options: RetryOptions = {}): Promise<T> {
  const ended = await loop("retryingInPlace", policy, body, rulesOf("retryingInPlace", options));
  if (ended.ok) return ended.value;
  throw ended.error;
}
