import { delayBefore, describe, type RetryPolicy } from "golem-retry/policy";
import { type IndexedEntry, type Policy, policyText, type Timeline, textOf, timelineOf } from "golem-timeline";

const ms = (ns: bigint) => Number(ns) / 1e6;

/** A golem-retry policy as a timeline has it. */
export const asTimelinePolicy = ({ retries, minDelay, maxDelay, multiplier, jitter }: RetryPolicy): Policy => ({
  retries,
  minDelay: ms(minDelay),
  maxDelay: ms(maxDelay),
  multiplier,
  jitter,
});

/** The jitter does not count: Golem 1.2 drops it from a policy that a component sets. */
export const alike = (a: Policy, b: Policy): boolean =>
  a.retries === b.retries &&
  Math.abs(a.minDelay - b.minDelay) < 0.001 &&
  Math.abs(a.maxDelay - b.maxDelay) < 0.001 &&
  Object.is(a.multiplier, b.multiplier);

/** Retries that one policy decided: of one invocation by Golem, or of one durable step. */
interface Series {
  by: "golem" | "step";
  /** In force at each failure; undefined of a step, whose policy is not on record. */
  policies: Policy[];
  waits: { planned: number; actual: number }[];
  /** There were no more, and the invocation failed. */
  exhausted: boolean;
  /** What a step said that its policy allows; undefined if it said nothing. */
  retries?: number | undefined;
}

/** All retries of an oplog, by what decided them. */
export function seriesOf({ invocations, steps }: Timeline): Series[] {
  const ofSteps = steps.map(({ region, retries, at, end, waits }): Series => {
    const last = invocations.findLast((one) => one.at <= at && one.end >= end);
    const failure = last?.outcome === "failed" ? last.executions.at(-1) : undefined;
    return {
      by: "step",
      policies: [],
      waits: waits.map(({ planned, actual }) => ({ planned: planned.least, actual })),
      exhausted: failure?.step === region,
      retries,
    };
  });
  const ofGolem = invocations.flatMap(({ executions, outcome }): Series[] => {
    const retried = executions.filter((one) => one.outcome === "trapped" && one.step === undefined);
    if (retried.length === 0) return [];
    const waits = retried.flatMap(({ wait }) => (wait ? [{ planned: wait.planned.least, actual: wait.actual }] : []));
    return [{ by: "golem", policies: retried.map(({ policy }) => policy), waits, exhausted: outcome === "failed" }];
  });
  return [...ofSteps, ...ofGolem];
}

/** What a recovery takes, at most, on a busy machine. Which policy it was is on record, and does not hang on this. Milliseconds. */
const recovery = 2000;
/** How exactly a step says when it is due, which it counts in whole ones. Milliseconds. */
const exactly = 2;

/**
 * Why a series was not decided by a policy, or undefined: it was.
 * @param own the policy is the server's own, whose jitter holds
 */
export function whyNot(series: Series, policy: RetryPolicy, own: boolean): string | undefined {
  const { by, policies, waits, exhausted, retries } = series;
  const other = policies.find((one) => !alike(one, asTimelinePolicy(policy)));
  if (other) return `another policy was in force: ${policyText(other)}`;
  if (retries !== undefined && retries !== policy.retries)
    return `a step had ${retries} retries, where the policy has ${policy.retries}`;
  if (waits.length > policy.retries) return `there were ${waits.length} retries, more than its ${policy.retries}`;
  if (exhausted && waits.length < policy.retries)
    return `it gave up after ${waits.length} retries, where the policy has ${policy.retries}`;
  const engine = by === "step" ? "ideal" : own ? "golem-1.2-config" : "golem-1.2";
  for (const [i, { planned, actual }] of waits.entries()) {
    const [least, most] = [ms(delayBefore(policy, i + 1, engine, 0)), ms(delayBefore(policy, i + 1, engine, 1))];
    const says = `where the policy says ${Math.round(least)}${most > least ? ` to ${Math.round(most)}` : ""} ms`;
    // A step has on record what it meant to wait; of Golem's own retries there are only the policy and what was waited.
    if (by === "step" && (planned < least - exactly || planned > most + exactly))
      return `wait ${i + 1} was planned as ${Math.round(planned)} ms, ${says}`;
    const slack = Math.max(recovery, 0.25 * most);
    if (actual < least - 20 || actual > most + slack) return `wait ${i + 1} took ${Math.round(actual)} ms, ${says}`;
  }
  return undefined;
}

/** What decided the retries of an oplog, as a matcher says it. @returns undefined: the policies did, each at least once */
export function explainRetries(
  entries: readonly IndexedEntry[],
  policies: readonly RetryPolicy[],
  defaultPolicy: RetryPolicy,
): string | undefined {
  if (policies.length === 0) return "no policy is given: say which one should have decided the retries";
  const found = timelineOf(entries, { defaultPolicy: asTimelinePolicy(defaultPolicy) });
  const all = seriesOf(found);
  const own = (policy: RetryPolicy) => alike(asTimelinePolicy(policy), asTimelinePolicy(defaultPolicy));
  const expected = policies.map((policy) => `  ${describe(policy)}`).join("\n");
  const picture = `expected\n${expected}\nand found\n${textOf(found, { colors: false })}`;
  if (all.length === 0) return `there was no retry\n${picture}`;
  const used = new Set<RetryPolicy>();
  for (const series of all) {
    const why = policies.map((policy) => whyNot(series, policy, own(policy)));
    const by = why.indexOf(undefined);
    if (by < 0) return `${[...new Set(why)].join("; ")}\n${picture}`;
    used.add(policies[by] as RetryPolicy);
  }
  const unused = policies.find((policy) => !used.has(policy));
  return unused && `this one decided no retry: ${describe(unused)}\n${picture}`;
}
