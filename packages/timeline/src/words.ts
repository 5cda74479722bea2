import prettyMs from "pretty-ms";
import type { Step, Wait } from "./model.js";
import { type Policy, samePolicy } from "./policy.js";

/** `512 ms`, `1.52 s`, `6 h 3 min`: as short as it still tells something. */
export function time(ms: number): string {
  const rounded = Math.round(ms);
  if (rounded < 1000) return `${rounded} ms`;
  if (rounded < 9995) return `${(rounded / 1000).toFixed(2).replace(/\.?0+$/, "")} s`;
  if (rounded < 60_000) return `${(rounded / 1000).toFixed(1).replace(/\.0$/, "")} s`;
  const text = prettyMs(rounded, { unitCount: 2, secondsDecimalDigits: 0 });
  return text.replace(/(\d)m\b/, "$1min").replace(/(\d)(?=[a-z])/g, "$1 ");
}

/** `500 ms`, with jitter `100 to 115 ms`, after `retryAfter` `3 s, by retryAfter`. */
export const planned = ({ planned: range, asked }: Pick<Wait, "planned" | "asked">): string =>
  asked ? `${rangeText(range)}, by retryAfter` : rangeText(range);

function rangeText({ least, most }: Wait["planned"]): string {
  if (least === most) return time(least);
  const [from, to] = [time(least), time(most)];
  return from === to
    ? to
    : from.endsWith(" ms") && to.endsWith(" ms")
      ? `${from.slice(0, -3)} to ${to}`
      : `${from} to ${to}`;
}

/** `5 retries, 500ms ×2 ≤ 10s`. */
export function policyText({ retries, minDelay, maxDelay, multiplier }: Policy): string {
  const short = (ms: number) => time(ms).replaceAll(" ", "").replace("min", "m");
  if (retries === 0) return "no retry";
  const count = counted(retries, "retry", "retries");
  if (minDelay === 0) return `${count}, at once`;
  const growth = minDelay === maxDelay || multiplier === 1 ? "" : ` ×${multiplier} ≤ ${short(maxDelay)}`;
  return `${count}, ${short(Math.min(minDelay, maxDelay))}${growth}`;
}

/** `1 retry`, `2 retries`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** What the source calls its policies. */
export type PolicyNames = readonly { name: string; policy: Policy }[];

/** Milliseconds by which the time at which a step is due may miss its policy: it counts in whole ones. */
const slack = 5;

/**
 * Finds the named policy that a step must have used. The record has the step's count and waits, but not its policy.
 * It skips each wait that `retryAfter` asked for, because no policy decided that wait.
 */
export function stepPolicy({ waits, retries }: Step, names: PolicyNames): PolicyNames[number] | undefined {
  const found = names.filter(({ policy }) => {
    if (retries !== undefined ? retries !== policy.retries : waits.length > policy.retries) return false;
    return waits.every(({ planned, asked }, i) => {
      if (asked) return true;
      const ideal = Math.min(policy.maxDelay, policy.minDelay * policy.multiplier ** i);
      const most = Math.min(policy.maxDelay, ideal * (1 + policy.jitter));
      return planned.least >= ideal - slack && planned.least <= most + slack;
    });
  });
  return found.length === 1 ? found[0] : undefined;
}

/** A policy as pictures show it. */
export interface PolicyLabel {
  /** The same for the same policy. */
  key: string;
  name: string;
  text: string;
  kind: "own" | "override" | "step";
}

/** Names a policy that is in force. */
export function policyLabel(policy: Policy, own: boolean, names: PolicyNames): PolicyLabel {
  const text = policyText(policy);
  if (own) return { key: "own", name: "server's", text, kind: "own" };
  const name = names.find((known) => samePolicy(known.policy, policy))?.name ?? "override";
  return { key: `${name} ${text}`, name, text, kind: "override" };
}

/** Names the policy of a durable step, as far as the record tells. */
export function stepLabel(step: Step, names: PolicyNames): PolicyLabel {
  const found = stepPolicy(step, names);
  const what = step.again === "loop" ? "retried in place" : "durable step";
  if (found) {
    const text = policyText(found.policy);
    return { key: `${found.name} ${text}`, name: found.name, text: `${text}, ${what}`, kind: "step" };
  }
  const count = step.retries === undefined ? "its own policy" : counted(step.retries, "retry", "retries");
  return { key: `${what} ${count}`, name: what, text: count, kind: "step" };
}
