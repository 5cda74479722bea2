import type { PreviousError } from "./errors.js";
import type { Rules } from "./next.js";
import { formatDuration, type RetryPolicy } from "./policy/index.js";

/** What a body gets to know about the execution it is in. */
export interface Execution {
  /** Failed executions before this one: 0 for the first. */
  readonly attempt: number;
  /** Executions that may follow this one. */
  readonly executionsLeft: number;
  /** Milliseconds since before the first execution, waits included. */
  readonly elapsed: number;
  /** Why the execution before this one failed; undefined in the first. */
  readonly previousError?: PreviousError;
  /** Aborted when `timeout` or `deadline` is over. Give it to `fetch`. */
  readonly signal: AbortSignal;
}

/** What is executed until it succeeds, or its policy says no more. */
export type Body<T> = (execution: Execution) => T | Promise<T>;

/** setTimeout counts in 31 bits. */
const longestTimer = 2 ** 31 - 1;

/**
 * Sleeps until a failed execution may be followed by another. Golem has the timers on record, and a server that is killed meanwhile loses
 * nothing. A clock that is set back makes it no longer than the policy says.
 */
export async function sleep({ due, wait }: { due: number; wait: number }): Promise<void> {
  for (let left = Math.min(due - Date.now(), wait); left > 0; left -= longestTimer) {
    const step = Math.min(left, longestTimer);
    await new Promise<void>((done) => setTimeout(done, step));
  }
}

function timedOut(limit: number, name: string): Error {
  const error = new Error(`${name} of ${formatDuration(BigInt(limit) * 1_000_000n)} is over`);
  error.name = "TimeoutError";
  return error;
}

/**
 * Runs the body once, for as long as the rules allow.
 * @param begun `spent`: milliseconds of the timeout that are over already
 */
export async function execute<T>(
  body: Body<T>,
  begun: { attempt: number; elapsed: number; spent?: number; previousError?: PreviousError },
  policy: RetryPolicy,
  rules: Rules,
): Promise<T> {
  const { attempt, elapsed, spent = 0, previousError } = begun;
  const abort = new AbortController();
  const execution = { attempt, executionsLeft: policy.retries - attempt, elapsed, previousError, signal: abort.signal };
  const left = rules.deadline - elapsed;
  const patience = rules.timeout - spent;
  const limit = Math.min(patience, left);
  if (left <= 0) throw timedOut(rules.deadline, "deadline"); // a recovery came too late
  if (patience <= 0) throw timedOut(rules.timeout, "timeout"); // loops inside have taken all of it
  if (limit > longestTimer) return body(execution);

  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = patience <= left ? timedOut(rules.timeout, "timeout") : timedOut(rules.deadline, "deadline");
      reject(error); // first, or a body that rejects with its AbortError would say less
      abort.abort(error);
    }, limit);
  });
  try {
    return await Promise.race([over, body(execution)]);
  } finally {
    clearTimeout(timer);
  }
}
