import { setTimeout as pause } from "node:timers/promises";
import { call } from "./calling.js";
import type { Laboratory } from "./laboratory.js";
import { complete, interrupt, revert, update } from "./operations.js";
import { judge } from "./oracle.js";
import type { CrashPlan, CrashPoint } from "./plans.js";
import { Run } from "./run.js";
import type { Call, Scenario, Step } from "./scenario.js";
import type { Request } from "./upstream-view.js";

/** What callers and the upstream saw of a run. */
export interface Result {
  /** Answers to the calls, in order. */
  answers: string[];
  /** Answers to the same idempotency keys once more, when all was over. */
  again: string[];
  /** What the worker says of its state, twice; in a run with crashes after it was evicted, and evicted once more. */
  state: string[];
  requests: Request[];
  /** Entries on record when the calls were answered. */
  length: number;
  crashes: CrashPoint[];
  /** Crashes after the last entry, when all was over. */
  evictions: number;
}

/** Real milliseconds without any progress: what takes longer waits for something that never comes. */
const patience = 120_000;

/** Carries out a scenario. @throws Error that says what came out otherwise than it should */
export async function carryOut(
  laboratory: Laboratory,
  scenario: Scenario,
  script?: readonly Request[],
  plan?: CrashPlan,
): Promise<Result> {
  const component = await laboratory.component(scenario.component);
  const run = new Run(laboratory, scenario, component, script);
  const over = new AbortController();
  try {
    return await Promise.race([whole(run, scenario, plan), run.failure, stuck(run, over.signal)]);
  } catch (error) {
    throw Object.assign(error as Error, { crashes: run.crashes, log: run.log().map(({ type }) => type) });
  } finally {
    over.abort();
    await run.end();
  }
}

/** However slow the machine is, something happens from time to time. */
async function stuck(run: Run, over: AbortSignal): Promise<never> {
  const progress = () => `${run.crashes.length} ${run.upstream.asked} ${run.log().length}`;
  let last = "";
  let since = performance.now();
  for (;;) {
    await pause(1000, undefined, { signal: over }).catch(() => new Promise(() => {}));
    const now = progress();
    if (now !== last) since = performance.now();
    if (performance.now() - since > patience) break;
    last = now;
  }
  const { status, lastError, pendingInvocationCount } = run.metadata();
  const tail = run
    .log()
    .slice(-8)
    .map((entry) => ("functionName" in entry ? `${entry.type} ${entry.functionName}` : entry.type));
  throw new Error(
    `nothing happened for ${patience / 1000} s: the worker is ${status}, ${pendingInvocationCount} calls wait, its last entries are ${tail.join(", ")}; last error: ${lastError}; ${run.life.story}`,
  );
}

async function whole(run: Run, scenario: Scenario, plan: CrashPlan | undefined): Promise<Result> {
  run.create(plan);
  const answers: string[] = [];
  for (const step of scenario.steps) answers.push(...(await take(run, step)));
  run.disarm();
  const { length } = run.log();
  const { gap } = judge(run.log(), [], 0);
  if (gap !== undefined && !scenario.gap) throw new Error(`the request that begins at ${gap} has no end on record`);
  const again = await askAgain(run, scenario.steps);
  const state: string[] = [];
  for (const round of [1, 2]) {
    if (plan || scenario.gap) await run.evict(); // with a gap in the record it forgets what came after that
    for (const [i, probe] of scenario.probes.entries()) state.push(await call(run, probe, `probe ${round} ${i}`));
  }
  const { requests, asked } = run.upstream;
  if (asked !== requests.length)
    throw new Error(`the upstream was asked ${asked} times; without a crash ${requests.length} times`);
  return { answers, again, state, requests, length, crashes: run.crashes, evictions: run.evictions };
}

async function take(run: Run, step: Step): Promise<string[]> {
  switch (step.does) {
    case "call":
      return [await call(run, step, step.key)];
    case "calls":
      return Promise.all(step.calls.map((each) => call(run, each, each.key)));
    case "revert":
      await revert(run);
      return [];
    case "update":
      return [await disturbed(run, step, () => update(run, 0))];
    case "complete":
      return [await disturbed(run, step, () => complete(run, [1, 2, 3]))];
    case "interrupt":
      return [await disturbed(run, step, () => interrupt(run))];
  }
}

/** Does something to a worker that is suspended. Time stands still meanwhile, so that it stays so. */
async function disturbed(run: Run, step: Step & { key: string } & Call, disturb: () => Promise<void>): Promise<string> {
  run.hold();
  const answer = call(run, step, step.key);
  let answered = false;
  void answer
    .catch(() => {})
    .then(() => {
      answered = true;
    });
  while (!answered && run.metadata().status !== "Suspended") await pause(1);
  if (!answered) await disturb();
  run.release();
  // What is interrupted fails for its caller; the same key is the same call, and goes on.
  await answer;
  return call(run, step, step.key);
}

/** What was reverted was never called: its key would call it anew. */
async function askAgain(run: Run, steps: readonly Step[]): Promise<string[]> {
  const answers: string[] = [];
  const kept = steps.some(({ does }) => does === "revert") ? [] : steps;
  for (const step of kept) {
    if (step.does === "calls") for (const each of step.calls) answers.push(await call(run, each, each.key));
    else if (step.does !== "revert") answers.push(await call(run, step, step.key));
  }
  return answers;
}
