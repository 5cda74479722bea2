import { getRetryPolicy, setRetryPolicy } from "golem:api/host@1.1.0";
import { errorMessage, stackOf } from "./errors.js";
import { type Body, execute, sleep } from "./execution.js";
import { next, progressAfter, type RetryOptions, type Rules, randomFrom, rulesOf } from "./next.js";
import { maxDuration, type RetryPolicy } from "./policy/index.js";
import { none, type Progress } from "./progress.js";
import { begin, end, type Region, storeOf } from "./region.js";
import { revived } from "./stored-error.js";
import { fail, trap } from "./trap.js";

/** Options of {@link retrying}. */
export interface StepOptions extends RetryOptions {
  /**
   * How the time between two executions passes. `"sleep"` (default): as a durable sleep. The worker is Running, or Suspended from 10 s on;
   * calls queue, an interrupt works, and a server that is killed meanwhile goes on waiting when it is back. `"policy"`: as the delay of
   * the policy in force. The worker is shown as Retrying and refuses calls, and stays so for good if its server is killed meanwhile.
   */
  readonly wait?: "sleep" | "policy";
}

/** The worker traps, and is executed again from the region's begin. */
function executeAgain(story: string, milliseconds: number): never {
  const wanted = BigInt(milliseconds) * 1_000_000n;
  const delay = wanted < maxDuration ? wanted : maxDuration; // the longest policy is rounded up to whole milliseconds
  // One retry would do. A status computed from the oplog counts one more, though, and would say Failed.
  setRetryPolicy({ maxAttempts: 2, minDelay: delay, maxDelay: delay, multiplier: 1 });
  return trap(story);
}

/** There is no further execution. Nothing in this one has asked anything, so the history can be closed. */
function over(region: Region, { exhausted }: Rules, story: string, error: unknown, stack?: string): never {
  if (exhausted === "fail") return fail(story, stack);
  end(region);
  throw error;
}

/** What the executions before this one left. Nothing is read in the first: a Jump stands between the region's begin and any other. */
function known(region: Region, rules: Rules): Progress {
  let found: Progress | undefined;
  try {
    if (!region.first) found = storeOf(region).read();
  } catch (error) {
    over(region, rules, errorMessage(error), error);
  }
  region.progress = found ?? none;
  return region.progress;
}

/**
 * A durable step: executes the body until it succeeds, at most `retries` times more, after the waits of exactly this policy, fractional
 * multiplier and jitter included. Each execution is a retry by Golem: the worker traps and recovers, and requests are sent again.
 *
 * When it succeeds at once it costs an atomic region, one NoOp entry and a reading of the clock. Failed executions are counted in wasi:keyvalue; what
 * is no exception of the body (a crash, an interrupt, memory used up) is Golem's to retry, and not counted.
 * Await it, and give a body that might never settle a `timeout`: a region that stays open is where each later recovery of the worker begins.
 * Take idempotency keys before the step: inside, each execution would have another.
 * The policy in force is the same before and after it.
 * @throws when one is open already on this worker, be it around this one, beside it, or never awaited
 */
export async function retrying<T>(policy: RetryPolicy, body: Body<T>, options: StepOptions = {}): Promise<T> {
  const rules = rulesOf("retrying", options, ["wait"]);
  const { wait = "sleep" } = options;
  if (wait !== "sleep" && wait !== "policy") {
    throw new TypeError(`retrying: wait is ${String(wait)}; allowed: "sleep", "policy"`);
  }
  const before = getRetryPolicy();
  const started = Date.now();
  const region = begin("retrying");
  region.before = before;
  const { attempt, failed, previousError, begun, ...when } = known(region, rules);
  if (failed) over(region, rules, failed.story, revived(failed.error), failed.stack);

  await sleep(when);
  const now = region.first ? started : Date.now(); // a crash, and a loop in the body, take time, too
  const elapsed = Math.max(0, now - started);
  region.begun = begun ?? now;
  const spent = Math.max(0, now - region.begun);
  let result: T;
  try {
    result = await execute(body, { attempt, elapsed, spent, previousError }, policy, rules);
  } catch (error) {
    const store = storeOf(region);
    const random = randomFrom(`${store.key}/${region.step}/${attempt}`);
    const failure = { error, attempt, started, now: Date.now(), random };
    const then = next(failure, policy, rules);
    store.write(progressAfter(failure, then));
    if (!then.again && rules.exhausted === "fail") return fail(then.story, stackOf(then.error));
    return executeAgain(then.story, then.again && wait === "policy" ? then.wait : 0);
  }
  end(region);
  return result;
}
