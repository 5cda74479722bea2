import type { Scenario } from "../scenario.ts";

/** Failing without HTTP. */
export const failures: Scenario[] = [
  {
    name: "throw-plain",
    claim:
      "A guest that throws is retried 3 times, then its worker is Failed; the text is in the answer, not in the Error entry.",
    run: (s) => s.invoke("throw-plain", ["plain"]),
  },
  {
    name: "throw-plain-second-call",
    claim: "Calls before the failing one are replayed, not done again.",
    async run(s) {
      await s.invoke("counter");
      await s.invoke("throw-plain", ["plain in a second call"]);
    },
  },
  {
    name: "throw-after-policy",
    claim: "A policy set right before the throw decides.",
    run: (s) => s.invoke("throw-after-policy", ["2,100,1000,2"]),
  },
  {
    name: "throw-result",
    claim: "The err of a result is an answer, not a failure: nothing is retried.",
    async run(s) {
      await s.invoke("throw-result", ["an err value"]);
      await s.invoke("ok-result", ["an ok value"]);
    },
  },
  {
    name: "throw-error-in-result",
    claim: "An Error thrown by a function with a string err is a trap, and is retried.",
    run: (s) => s.invoke("throw-error-in-result", ["plain in a result"]),
  },
  {
    name: "throw-noise",
    claim: "Random numbers, dates and UUIDs are replayed: each retry throws the same text.",
    noisy: true,
    run: (s) => s.invoke("throw-noise", ["2,50,50,1"]),
  },
  {
    name: "jump-trap",
    claim: "set-oplog-index beyond the end is a trap that no catch or finally sees.",
    run: (s) => s.invoke("jump-trap", ["2,150,150,1", 1000]),
  },
  {
    name: "jump-back",
    claim: "set-oplog-index back to the start of a failing request: the recorded server fails in the replay.",
    run: (s) => s.invoke("jump-back", [s.base, s.path("flaky", 2)]),
  },
];
