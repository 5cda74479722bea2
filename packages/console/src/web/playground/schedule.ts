import { delayBefore, type Engine, type Plan, plan, type RetryPolicy } from "golem-retry/policy";
import { randomFrom } from "./random.js";

/** What carries a policy out, as the playground names it. */
export const profiles: { engine: Engine; name: string; about: string }[] = [
  { engine: "ideal", name: "ideal", about: "as the policy reads: `retrying` and `retryingInPlace` of golem-retry" },
  { engine: "golem-1.2", name: "golem-1.2", about: "Golem 1.2 after set-retry-policy, which drops the jitter" },
  {
    engine: "golem-1.2-config",
    name: "golem-1.2-config",
    about: "Golem 1.2 with this policy in its own configuration",
  },
];

/** When each execution begins, if all fail at once. Milliseconds. */
export interface Schedule {
  engine: Engine;
  plan: Plan;
  /** The first is 0. Without jitter, with all of it, and as the seed draws it. */
  least: number[];
  most: number[];
  drawn: number[];
}

const milliseconds = (ns: bigint) => Number(ns) / 1e6;

function starts(delays: readonly bigint[]): number[] {
  let at = 0n;
  const after = delays.map((delay) => {
    at += delay;
    return milliseconds(at);
  });
  return [0, ...after];
}

/** @throws RangeError when there are more retries than a plan lists */
export function schedule(policy: RetryPolicy, engine: Engine, seed: number): Schedule {
  const planned = plan(policy, engine);
  const random = randomFrom(seed);
  const drawn = planned.delays.map((_, i) => delayBefore(policy, i + 1, engine, random()));
  return { engine, plan: planned, least: starts(planned.delays), most: starts(planned.longest), drawn: starts(drawn) };
}
