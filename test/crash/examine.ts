import type { Laboratory } from "./laboratory.js";
import { type CrashPlan, type CrashPoint, eachKind, exactly, oftener, once, type Point } from "./plans.js";
import type { Scenario } from "./scenario.js";
import { seeded } from "./seeded.js";
import { carryOut, type Result } from "./trial.js";

/** How a scenario is to be examined. */
export interface Order {
  seed: string;
  /** "sample": a few scenarios, with a crash after each kind of entry; "short": a run with many crashes; "whole": a run for each entry. */
  form: "sample" | "short" | "whole";
  /** Crashes exactly after these entries, in one run. */
  at?: Point[];
}

/** What came of it. */
export interface Report {
  scenario: string;
  /** Entries of the run without a crash. */
  length: number;
  runs: number;
  crashes: number;
  failures: Failure[];
}

export interface Failure {
  /** What was otherwise than without a crash. */
  difference: string;
  crashes: CrashPoint[];
}

/** Of so many runs in the short form one crashes the whole engine each time, which takes longer. */
const wholeEngine = 20;

/** Carries a scenario out without a crash, and then with crashes. */
export async function examine(laboratory: Laboratory, scenario: Scenario, order: Order): Promise<Report> {
  const report: Report = { scenario: scenario.name, length: 0, runs: 0, crashes: 0, failures: [] };
  const add = (difference: string, crashes: CrashPoint[]) => void report.failures.push({ difference, crashes });
  let base: Result;
  try {
    base = await carryOut(laboratory, scenario);
  } catch (error) {
    add(`already without a crash: ${(error as Error).message}`, []);
    return report;
  }
  report.length = base.length;
  const answers = base.answers.join("\n");
  if (!scenario.ends.test(answers)) add(`without a crash the answers are ${answers}, not as ${scenario.ends} says`, []);
  for (const plan of plansFor(scenario, order, base.length)) {
    report.runs++;
    try {
      const result = await carryOut(laboratory, scenario, base.requests, plan);
      report.crashes += result.crashes.length + result.evictions;
      const difference = differs(base, result);
      if (difference) add(difference, result.crashes);
    } catch (error) {
      const { crashes = [] } = error as { crashes?: CrashPoint[] };
      report.crashes += crashes.length;
      add((error as Error).message, crashes);
    }
  }
  return report;
}

function plansFor({ name }: Scenario, { seed, form, at }: Order, length: number): CrashPlan[] {
  if (at) return [exactly(at)];
  const all = Array.from({ length: length - 1 }, (_, i) => i + 2); // Create is the first, and on record before any call
  const each = `${seed}/${name}`;
  if (form === "sample") return [eachKind(each)];
  if (form === "whole") return all.map((first) => once(first, each));
  const random = seeded(each);
  const first = all[Math.floor(random() * all.length)] as number;
  return [oftener(first, each, random() * wholeEngine < 1)];
}

function differs(base: Result, result: Result): string | undefined {
  for (const [part, what] of [
    ["answers", "answers to the calls"],
    ["again", "answers to the same idempotency keys"],
    ["state", "state after evictions"],
  ] as const) {
    const [expected, found] = [base[part], result[part]];
    const i = expected.findIndex((each, i) => each !== found[i]);
    if (i >= 0) return `${what}, number ${i + 1}: ${found[i]}; without a crash ${expected[i]}`;
  }
  return undefined;
}
