import * as host from "golem:api/host@1.1.0";
import { summary } from "./errors.js";
import { type Body, execute, sleepUntil } from "./execution.js";
import { putBack } from "./in-force.js";
import { type Next, next, type RetryOptions, randomFrom, rulesOf } from "./next.js";
import type { RetryPolicy } from "./policy/index.js";
import { progressOf } from "./progress.js";
import { begin, end, openRegion, refuse } from "./region.js";
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
function executeAgain({ due, story }: Next & { again: true }, wait: "sleep" | "policy"): never {
  const delay = wait === "policy" ? BigInt(Math.max(0, due - Date.now())) * 1_000_000n : 0n;
  // One retry would do. A status computed from the oplog counts one more, though, and would say Failed.
  host.setRetryPolicy({ maxAttempts: 2, minDelay: delay, maxDelay: delay, multiplier: 1 });
  return trap(story);
}

const oneAtATime =
  "Golem executes the outermost open region again, so a step inside it would count from zero each time. One at a time: await each, " +
  "or do all of it in one body";

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
  const around = openRegion();
  if (around)
    refuse(
      around,
      `retrying: ${around.kind} is open already, since oplog index ${around.begin}: around this one, beside it, or never awaited. ${oneAtATime}`,
    );

  const before = host.getRetryPolicy();
  const started = Date.now();
  const step = Math.random();
  const region = begin("retrying");
  const first = host.getOplogIndex() === region.begin + 1n; // else a Jump stands between the two
  const progress = first ? undefined : progressOf(region.begin, step);
  const { attempt = 0, due = 0, previousError } = progress?.read() ?? {};
  const close = () => {
    end(region);
    if (attempt > 0) progress?.remove(); // not before the end: a crash between the two would begin a new budget
    putBack(before);
  };

  await sleepUntil(due);
  const elapsed = first ? 0 : Date.now() - started;
  let result: T;
  try {
    result = await execute(body, { attempt, elapsed, previousError }, policy, rules);
  } catch (error) {
    const store = progress ?? progressOf(region.begin, step);
    const random = randomFrom(`${store.key}/${step}/${attempt}`);
    const then = next({ error, attempt, started, now: Date.now(), random }, policy, rules);
    if (then.again) {
      store.write({ attempt: attempt + 1, due: then.due, previousError: summary(then.error) });
      return executeAgain(then, wait);
    }
    if (rules.exhausted === "fail") return fail(then.story);
    close();
    throw then.error;
  }
  close();
  return result;
}
