import prettyMs from "pretty-ms";
import { type Policy, samePolicy } from "./entries.js";

/** `512 ms`, `1.52 s`, `6 h 3 min`: as short as it still tells something. */
export function time(ms: number): string {
  const rounded = Math.round(ms);
  if (rounded < 1000) return `${rounded} ms`;
  if (rounded < 10_000) return `${(rounded / 1000).toFixed(2).replace(/\.?0+$/, "")} s`;
  if (rounded < 60_000) return `${(rounded / 1000).toFixed(1).replace(/\.0$/, "")} s`;
  return prettyMs(rounded, { unitCount: 2, secondsDecimalDigits: 0 });
}

/** `500 ms`, or with jitter `100 to 115 ms`. */
export function planned({ least, most }: { least: number; most: number }): string {
  return least === most ? time(least) : `${time(least)} to ${time(most)}`;
}

/** `5 retries, 500ms ×2 ≤ 10s`. */
export function policyText({ retries, minDelay, maxDelay, multiplier }: Policy): string {
  const short = (ms: number) => time(ms).replaceAll(" ", "");
  if (retries === 0) return "no retry";
  const count = retries === 1 ? "1 retry" : `${retries} retries`;
  if (minDelay === 0) return `${count}, at once`;
  const growth = minDelay === maxDelay || multiplier === 1 ? "" : ` ×${multiplier} ≤ ${short(maxDelay)}`;
  return `${count}, ${short(Math.min(minDelay, maxDelay))}${growth}`;
}

/** Policies by name, so that a picture can call them as the source does. */
export type PolicyNames = readonly { name: string; policy: Policy }[];

/** The named policy that gives just these waits, if there is one: a step's own policy is not on record. */
export function stepPolicy(
  waits: readonly { planned: { least: number } }[],
  names: PolicyNames,
): PolicyNames[number] | undefined {
  return names.find(({ policy }) =>
    waits.every(({ planned }, i) => {
      const ideal = Math.min(policy.maxDelay, policy.minDelay * policy.multiplier ** i);
      const most = Math.min(policy.maxDelay, ideal * (1 + policy.jitter));
      return i < policy.retries && planned.least >= ideal - 5 && planned.least <= most + 5;
    }),
  );
}

export function policyName(policy: Policy, own: boolean, names: PolicyNames): string {
  if (own) return "server's";
  return names.find((known) => samePolicy(known.policy, policy))?.name ?? "override";
}
