import { type PreviousError, summary } from "./errors.js";
import { type Body, execute, sleepUntil } from "./execution.js";
import { inLoopBody } from "./idempotency-key.js";
import { next, type RetryOptions, rulesOf } from "./next.js";
import type { RetryPolicy } from "./policy/index.js";
import { openRegion } from "./region.js";
import { fail } from "./trap.js";

/**
 * As `retrying`, with a loop in the component and durable sleeps: the worker doesn't trap, and it may be nested.
 * In exchange each failed execution stays in the oplog and is replayed at every recovery, and the component's memory is as the failed
 * execution left it. Take idempotency keys before it. Inside a region, which is not its own to fail, it throws when exhausted.
 */
export async function retryingInPlace<T>(policy: RetryPolicy, body: Body<T>, options: RetryOptions = {}): Promise<T> {
  const rules = rulesOf("retryingInPlace", options);
  const started = Date.now();
  let previousError: PreviousError | undefined;
  for (let attempt = 0; ; attempt++) {
    const elapsed = attempt === 0 ? 0 : Date.now() - started;
    try {
      return await execute(
        (execution) => inLoopBody(() => body(execution)),
        { attempt, elapsed, previousError },
        policy,
        rules,
      );
    } catch (error) {
      // Math.random is on record here: no region of this function is ever executed again
      const then = next({ error, attempt, started, now: Date.now(), random: Math.random() }, policy, rules);
      if (!then.again) {
        if (rules.exhausted === "throw" || openRegion()) throw then.error;
        return fail(then.story);
      }
      console.error(then.story);
      previousError = summary(then.error);
      await sleepUntil(then.due);
    }
  }
}
