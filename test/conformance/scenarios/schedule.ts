import type { Scenario } from "../scenario.ts";

/** [name, policy, claim] of a call that always fails, its one request replayed. */
const sweep: [string, string, string][] = [
  ["default", "", "The server's own policy retries 3 times: after 100, 100 and 300 ms, with up to 15 % jitter."],
  ["m1.5", "3,100,2000,1.5", "A multiplier is truncated: 1.5 counts as 1."],
  ["m2", "6,50,1000,2", "The first wait comes twice: 50, 50, 100, 200, 400, 800 ms."],
  ["m3", "4,40,400,3", "Multiplier 3 from 40 ms: 40, 40, 120, 360 ms."],
  ["half-ms", "4,0.5,1000,2", "Delays count in whole milliseconds: half a one is none."],
  ["m0.5", "4,100,1000,0.5", "A multiplier below 1 counts as 0: no wait from the third retry on."],
  ["m-negative", "3,100,1000,-2", "A negative multiplier counts as 0."],
  ["max0", "0,100,1000,2", "max-attempts 0: no retry, the worker is Failed at once."],
  ["max1", "1,100,1000,2", "max-attempts counts retries: with 1 there are two executions."],
  ["min-over-max", "3,200,100,2", "The cap holds from the first wait on, even below min-delay."],
  ["nan", "2,100,1000,NaN", "A multiplier that is not a number does no harm to the first two waits."],
  ["infinity", "3,100,1000,Infinity", "An infinite multiplier leads to max-delay at the third wait."],
  ["zero", "3,0,0,0", "Delays of 0: retried at once."],
  ["jitter", "4,200,2000,2,0.5", "The jitter of a policy set by a component is without effect."],
];

export const schedule: Scenario[] = [
  ...sweep.map(
    ([name, policy, claim]): Scenario => ({
      name: `schedule-${name}`,
      claim,
      run: (s) => s.invoke("schedule", [s.base, s.path("text", 0), policy]),
    }),
  ),
  {
    name: "schedule-second-invocation",
    claim: "A call that follows another is retried alike.",
    async run(s) {
      await s.invoke("counter");
      await s.invoke("schedule", [s.base, s.path("text", 0), "2,100,100,1"]);
    },
  },
];
