import {
  type Duration,
  delayBefore,
  describe,
  formatDuration,
  nanoseconds,
  type RetryPolicy,
} from "golem-retry/policy";
import { counted, type IndexedEntry, type Policy, policyText, type Timeline, textOf, timelineOf } from "golem-timeline";

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

/** What `toHaveRetriedWith` compares besides policies. */
export interface RetriedOptions {
  /**
   * The waits that the service asked for, in the order of the oplog. The component passed each one on by `retryAfter` of golem-retry.
   * A wait matches when it is up to 10 % or 100 ms shorter, because time passes between the response and the failure. `[]` means that
   * the service asked for none. If the option is left out, the matcher accepts every such wait.
   */
  retryAfter?: readonly Duration[];
}

/** What `toHaveRetriedWith` is given: policies, and at the end perhaps options. */
export type Expected = RetryPolicy | RetriedOptions;

/** Divides what `toHaveRetriedWith` is given. @throws TypeError for an option that it does not know */
export function divided(expected: readonly Expected[]): {
  policies: RetryPolicy[];
  options: RetriedOptions;
} {
  const last = expected.at(-1);
  if (!last || "retries" in last) return { policies: expected as RetryPolicy[], options: {} };
  const unknown = Object.keys(last).find((key) => key !== "retryAfter");
  if (unknown !== undefined)
    throw new TypeError(
      `toHaveRetriedWith: ${unknown} is not an option. Use a policy, or { retryAfter: ["3s"] } as the last argument.`,
    );
  return { policies: expected.slice(0, -1) as RetryPolicy[], options: last };
}

/** Retries that one policy decided: of one invocation by Golem, or of one durable step. */
interface Series {
  by: "golem" | "step";
  /** In force at each failure; undefined of a step, whose policy is not on record. */
  policies: Policy[];
  /** `asked`: the service asked for this wait, so no policy decided it. */
  waits: { planned: number; actual: number; asked: boolean }[];
  /** There were no more, and the invocation failed. */
  exhausted: boolean;
  /** What a step said that its policy allows; undefined if it said nothing. */
  retries?: number | undefined;
}

/** All retries of an oplog, by what decided them. */
function seriesOf({ invocations, steps }: Timeline): Series[] {
  const ofSteps = steps.map(({ region, retries, at, end, waits }): Series => {
    const last = invocations.findLast((one) => one.at <= at && one.end >= end);
    const failure = last?.outcome === "failed" ? last.executions.at(-1) : undefined;
    return {
      by: "step",
      policies: [],
      waits: waits.map(({ planned, actual, asked }) => ({ planned: planned.least, actual, asked })),
      exhausted: failure?.step === region,
      retries,
    };
  });
  const ofGolem = invocations.flatMap(({ executions, outcome }): Series[] => {
    const retried = executions.filter((one) => one.outcome === "trapped" && one.step === undefined);
    if (retried.length === 0) return [];
    const waits = retried.flatMap(({ wait }) =>
      wait ? [{ planned: wait.planned.least, actual: wait.actual, asked: false }] : [],
    );
    return [{ by: "golem", policies: retried.map(({ policy }) => policy), waits, exhausted: outcome === "failed" }];
  });
  return [...ofSteps, ...ofGolem];
}

/** What a recovery takes, at most, on a busy machine. Which policy it was is on record, and does not hang on this. Milliseconds. */
const recovery = 2000;
/** How exactly a step says when it is due, which it counts in whole ones. Milliseconds. */
const exactly = 2;

/**
 * Says why a policy did not decide a series.
 * @param own the policy is the server's own, whose jitter holds
 * @returns undefined if the policy did
 */
function whyNot(series: Series, policy: RetryPolicy, own: boolean): string | undefined {
  const { by, policies, waits, exhausted, retries } = series;
  const other = policies.find((one) => !alike(one, asTimelinePolicy(policy)));
  if (other) return `another policy was in force: ${policyText(other)}`;
  if (retries !== undefined && retries !== policy.retries)
    return `the policy of a step allowed ${retriesText(retries)}, where this policy allows ${policy.retries}`;
  if (waits.length > policy.retries)
    return `Golem retried ${times(waits.length)}, where the policy allows ${retriesText(policy.retries)}`;
  if (exhausted && waits.length < policy.retries)
    return `it gave up after ${retriesText(waits.length)}, where the policy allows ${policy.retries}`;
  for (const [i, { planned, actual }] of waits.entries()) {
    const { least, most, says } = limits(series, i, policy, own);
    // A step has on record what it meant to wait; of Golem's own retries there are only the policy and what was waited.
    if (by === "step" && (planned < least - exactly || planned > most + exactly))
      return `wait ${i + 1} was planned as ${Math.round(planned)} ms, ${says}`;
    if (actual < least - 20) return `wait ${i + 1} took ${Math.round(actual)} ms, ${says}`;
  }
  return undefined;
}

/** Says which wait took longer than a policy, and a busy machine, can explain; undefined if none did. */
function tooLong(series: Series, policy: RetryPolicy, own: boolean): string | undefined {
  for (const [i, { actual }] of series.waits.entries()) {
    const { most, says } = limits(series, i, policy, own);
    if (actual > most + Math.max(recovery, 0.25 * most)) return `wait ${i + 1} took ${Math.round(actual)} ms, ${says}`;
  }
  return undefined;
}

/** Computes how long a wait should be, in milliseconds: as the policy says, or as the service asked. */
function limits({ by, waits }: Series, i: number, policy: RetryPolicy, own: boolean) {
  const { planned, asked } = waits[i] as Series["waits"][number];
  const engine = by === "step" ? "ideal" : own ? "golem-1.2-config" : "golem-1.2";
  const [least, most] = asked
    ? [planned, planned]
    : [ms(delayBefore(policy, i + 1, engine, 0)), ms(delayBefore(policy, i + 1, engine, 1))];
  const range = `${Math.round(least)}${most > least ? ` to ${Math.round(most)}` : ""} ms`;
  return { least, most, says: `where the ${asked ? "service" : "policy"} says ${range}` };
}

const retriesText = (retries: number) => counted(retries, "retry", "retries");
const times = (count: number) => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`);

/** Says how the waits that the service asked for differ from the expected ones; undefined if they don't. */
function wrongAsked(all: readonly Series[], expected: readonly Duration[]): string | undefined {
  const found = all.flatMap(({ waits }) => waits.filter(({ asked }) => asked).map(({ planned }) => planned));
  const wanted = expected.map((one) => ms(nanoseconds(one, "toHaveRetriedWith: retryAfter")));
  const near = (one: number, i: number) => {
    const want = wanted[i] as number;
    return one <= want + exactly && one >= want - Math.max(100, want / 10);
  };
  if (found.length === wanted.length && found.every(near)) return undefined;
  const listed = (waits: number[]) =>
    waits.map((one) => formatDuration(BigInt(Math.round(one)) * 1_000_000n)).join(", ") || "no wait";
  return `the service asked for ${listed(found)}, where retryAfter expects ${listed(wanted)}`;
}

/** Gives the index of an Error that no timeline has, because its call had failed for good before. */
function failureBeyond(entries: readonly IndexedEntry[], { decisions, invocations }: Timeline): number | undefined {
  const decided = new Set(decisions.map(({ index }) => index));
  const failed = invocations.filter(({ outcome }) => outcome === "failed").map(({ index }) => index);
  return entries.find(
    ({ entry, oplogIndex }) =>
      entry.type === "Error" && !decided.has(oplogIndex) && failed.some((index) => index < oplogIndex),
  )?.oplogIndex;
}

/**
 * Says what decided the retries of an oplog, as a matcher does.
 * @param late is told of a wait that was too long. Without it, such a wait is a reason
 * @returns undefined if the policies did, each at least once
 */
export function explainRetries(
  entries: readonly IndexedEntry[],
  policies: readonly RetryPolicy[],
  defaultPolicy: RetryPolicy,
  { retryAfter }: RetriedOptions = {},
  late?: (what: string) => void,
): string | undefined {
  if (policies.length === 0) return "no policy is given: say which one should have decided the retries";
  const found = timelineOf(entries, { defaultPolicy: asTimelinePolicy(defaultPolicy) });
  const all = seriesOf(found);
  const own = (policy: RetryPolicy) => alike(asTimelinePolicy(policy), asTimelinePolicy(defaultPolicy));
  const expected = policies.map((policy) => `  ${describe(policy)}`).join("\n");
  const picture = `expected\n${expected}\nand found\n${textOf(found, { colors: false })}`;
  if (all.length === 0) return `there was no retry\n${picture}`;
  const beyond = failureBeyond(entries, found);
  if (beyond !== undefined)
    return `Golem retried once more than a policy allows: it had to give up before the Error at index ${beyond}\n${picture}`;
  const used = new Set<RetryPolicy>();
  for (const series of all) {
    const why = policies.map((policy) => whyNot(series, policy, own(policy)));
    const by = why.indexOf(undefined);
    const policy = policies[by];
    if (!policy) return `${[...new Set(why)].join("; ")}\n${picture}`;
    const long = tooLong(series, policy, own(policy));
    if (long && !late) return `${long}\n${picture}`;
    if (long) late?.(long);
    used.add(policy);
  }
  const asked = retryAfter && wrongAsked(all, retryAfter);
  if (asked) return `${asked}\n${picture}`;
  const unused = policies.find((policy) => !used.has(policy));
  return unused && `this one decided no retry: ${describe(unused)}\n${picture}`;
}
