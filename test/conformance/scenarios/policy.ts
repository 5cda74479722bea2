import type { Scenario } from "../scenario.ts";

export const policy: Scenario[] = [
  {
    name: "get-policy",
    claim: "A worker starts with the server's own policy: 3 retries, 100 ms to 1 s, multiplier 3.",
    run: (s) => s.invoke("get-policy"),
  },
  {
    name: "set-policy",
    claim: "A policy stays from call to call, any u32, u64 and f64 is taken, and its jitter is dropped.",
    async run(s) {
      await s.invoke("set-policy", [7, 150_000_000, 3_000_000_000, 2.5, 0.25]);
      await s.invoke("get-policy");
      await s.invoke("set-policy", [0, 0, 0, 0, -1]);
      await s.invoke("get-policy");
      await s.invoke("set-policy", [4294967295, 1_000_000_000_000_000, 9_007_199_254_740_991, 1e300, 1]);
      await s.invoke("get-policy");
    },
  },
  {
    name: "set-get",
    claim: "What was set is read back at once, without its jitter.",
    run: (s) => s.invoke("set-get", ["5,20,400,1.5,0.3"]),
  },
  {
    name: "set-get-nan",
    claim: "A multiplier that is not a number is taken and read back.",
    run: (s) => s.invoke("set-get", ["5,20,400,NaN"]),
  },
  {
    name: "get-set-get",
    claim: "Setting the policy just read takes its jitter away.",
    run: (s) => s.invoke("get-set-get"),
  },
  {
    name: "policy-memory",
    claim: "A policy set by an earlier call decides the retries of a later one.",
    async run(s) {
      await s.invoke("counter");
      await s.invoke("set-policy", [2, 250_000_000, 250_000_000, 1, -1]);
      await s.invoke("throw-plain", ["plain after a policy of an earlier call"]);
    },
  },
];
