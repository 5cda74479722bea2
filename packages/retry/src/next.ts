import { milliseconds, stackOf, summary, unwrapped, wantedAt } from "./errors.js";
import { type Duration, formatDuration, nanoseconds, type RetryPolicy } from "./policy/index.js";
import { idealDelay } from "./policy/plan.js";
import type { Progress } from "./progress.js";
import { stored } from "./stored-error.js";

/** What `retrying` and `retryingInPlace` have in common. */
export interface RetryOptions {
  /** What happens when there is no further execution: the worker fails (default), or the caller gets the error. */
  readonly exhausted?: "fail" | "throw";
  /** Counted from before the first execution: no execution begins after it, and one that runs is aborted. */
  readonly deadline?: Duration;
  /**
   * For each execution: `signal` is aborted then, and the execution counts as failed. It counts on when a loop in the body fails.
   * After a crash of the worker the execution begins anew, and so does its timeout; the `deadline` counts on.
   */
  readonly timeout?: Duration;
  /** Whether an error is worth another execution; by default each is. */
  readonly retryIf?: (error: unknown) => boolean;
}

/** {@link RetryOptions}, checked; times in milliseconds. */
export interface Rules {
  readonly exhausted: "fail" | "throw";
  readonly deadline: number;
  readonly timeout: number;
  readonly retryIf: (error: unknown) => boolean;
}

/** The options as rules. @throws TypeError that names the option, its value and what is allowed */
export function rulesOf(caller: string, options: RetryOptions, known: readonly string[] = []): Rules {
  const names = ["exhausted", "deadline", "timeout", "retryIf", ...known];
  for (const key of Object.keys(options)) {
    if (!names.includes(key)) throw new TypeError(`${caller}: ${key} is no option; allowed: ${names.join(", ")}`);
  }
  const { exhausted = "fail", deadline, timeout, retryIf = () => true } = options;
  if (exhausted !== "fail" && exhausted !== "throw") {
    throw new TypeError(`${caller}: exhausted is ${String(exhausted)}; allowed: "fail", "throw"`);
  }
  const time = (name: string, value: Duration | undefined) =>
    value === undefined ? Number.POSITIVE_INFINITY : milliseconds(nanoseconds(value, `${caller}: ${name}`));
  return { exhausted, deadline: time("deadline", deadline), timeout: time("timeout", timeout), retryIf };
}

/** One failed execution. Times in milliseconds since 1970. */
export interface Failure {
  readonly error: unknown;
  /** 0 for the first execution. */
  readonly attempt: number;
  readonly started: number;
  readonly now: number;
  /** From 0 to 1: how much of the jitter. */
  readonly random: number;
}

/** What follows: another execution at a time (milliseconds since 1970), which is so many later, or none. `story` is for the log. */
export type Next =
  | {
      readonly again: true;
      readonly due: number;
      readonly wait: number;
      readonly story: string;
      readonly error: unknown;
    }
  | { readonly again: false; readonly story: string; readonly error: unknown };

function reasonToStop(
  failure: Failure,
  policy: RetryPolicy,
  rules: Rules,
): { reason: string; error: unknown } | undefined {
  const { final, error } = unwrapped(failure.error);
  if (final) return { reason: "given up", error };
  try {
    if (!rules.retryIf(error)) return { reason: "not worth a retry", error };
  } catch (broken) {
    return { reason: "retryIf threw", error: broken };
  }
  return failure.attempt >= policy.retries ? { reason: "retries used up", error } : undefined;
}

/** Decides after a failure. Pure: the same failure is decided alike in a replay. */
export function next(failure: Failure, policy: RetryPolicy, rules: Rules): Next {
  const { attempt, started, now, random } = failure;
  const said = (error: unknown, then: string) => {
    const { name, message } = summary(error);
    return `execution ${attempt + 1} of ${policy.retries + 1} failed: ${name}: ${message}; ${then}`;
  };
  const stop = reasonToStop(failure, policy, rules);
  if (stop) return { again: false, error: stop.error, story: said(stop.error, stop.reason) };
  const { error } = failure;
  const wanted = wantedAt(error);
  const due = Math.max(now, wanted ?? now + milliseconds(idealDelay(policy, attempt + 1, random)));
  if (due - started > rules.deadline) {
    return { again: false, error, story: said(error, "the next would be after the deadline") };
  }
  const wait = due - now;
  const by = wanted === undefined ? "" : ", by retryAfter"; // only this line of the oplog says so
  const story = said(error, `next in ${formatDuration(BigInt(wait) * 1_000_000n)}${by}`);
  return { again: true, due, wait, error, story };
}

/** The progress that a failure leaves to the next execution. */
export function progressAfter({ attempt, started }: Failure, then: Next): Progress {
  const made = { attempt: attempt + 1, started };
  if (!then.again) {
    const stack = stackOf(then.error);
    const failed = { error: stored(then.error), story: then.story, ...(stack && { stack }) };
    return { ...made, due: 0, wait: 0, failed };
  }
  return { ...made, due: then.due, wait: then.wait, previousError: summary(then.error) };
}

/** A number from 0 to 1 that a text always gives: jitter that is the same in a replay, and another in another worker. */
export function randomFrom(text: string): number {
  let hash = 0x811c9dc5; // FNV-1a, and the last steps of MurmurHash3, which spread it
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
