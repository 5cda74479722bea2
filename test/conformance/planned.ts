import { delayBefore, type RetryPolicy } from "golem-retry/policy";
import type { Difference } from "./differ.ts";
import { milliseconds, type PolicyEntry } from "./durations.ts";
import { isHint } from "./oplog.ts";
import type { Entry } from "./recording.ts";

/** What a policy allows a wait to be, in ms. Both are the same but for the jitter of the server's own policy. */
export interface PlannedWait {
  least: number;
  most: number;
  /** Index of the Error. */
  after: number;
  found: number;
}

const nanos = (text: string) => BigInt(Math.round((milliseconds(text) ?? 0) * 1e6));

/** The server's own policy, which is in force until a worker sets another. */
const own: PolicyEntry = {
  max_attempts: 3,
  min_delay: "100ms",
  max_delay: "1s",
  multiplier: 3,
  max_jitter_factor: 0.15,
};

/**
 * Each wait between an Error and the retry, and what golem-retry plans for the policy in force. Left out are waits that no policy
 * decides: before a call or a revert that came later, and those of a multiplier that JSON can't say, from the third on.
 */
export function plannedWaits(entries: Entry[]): PlannedWait[] {
  const found: PlannedWait[] = [];
  const skipped: { start: number; end: number }[] = [];
  const isSkipped = (index: number) => skipped.some(({ start, end }) => start <= index && index <= end);
  let retry = 0;
  entries.forEach((entry, i) => {
    const region = entry.jump ?? entry.dropped_region;
    if (region) skipped.push(region);
    if (entry.type !== "Error") {
      if (!isHint(entry)) retry = 0;
      return;
    }
    retry++;
    const set = entries.slice(0, i).filter(({ type, index }) => type === "ChangeRetryPolicy" && !isSkipped(index));
    const policy = set.at(-1)?.policy ?? own;
    const next = entries.slice(i + 1).find((later) => !isHint(later));
    if (!next || retry > policy.max_attempts) return;
    if (next.type === "Revert" || next.type === "ExportedFunctionInvoked") return;
    if ((policy.multiplier ?? null) === null && retry > 2) return;
    // As a component set it: retryPolicy() would refuse some of them.
    const wanted: RetryPolicy = {
      retries: policy.max_attempts,
      minDelay: nanos(policy.min_delay),
      maxDelay: nanos(policy.max_delay),
      multiplier: policy.multiplier ?? 1,
      jitter: policy.max_jitter_factor ?? 0,
    };
    const wait = (random: number) => Number(delayBefore(wanted, retry, "golem-1.2-config", random)) / 1e6;
    found.push({ least: wait(0), most: wait(1), after: entry.index, found: next.t - entry.t });
  });
  return found;
}

/** Waits in virtual time that are not as planned. */
export const wrongWaits = (entries: Entry[]): Difference[] =>
  plannedWaits(entries)
    .filter(({ least, most, found }) => found < least - 0.15 || found > most + 0.15) // times are rounded to 0.1 ms
    .map(({ least, most, found, after }) => ({
      field: "waits",
      where: `after entry ${after}`,
      expected: least === most ? `exactly ${least} ms` : `${least} to ${most} ms`,
      found: `${found.toFixed(1)} ms`,
    }));
