import { restarted } from "../circumstances.ts";
import type { Scenario } from "../scenario.ts";

const counted = (
  name: string,
  claim: string,
  upstream: ["flaky" | "always" | "text", number],
  rest: string,
): Scenario => {
  const [policy, mode] = rest.split(" ");
  return {
    name,
    claim,
    run: (s) => s.invoke("count-errors", [s.base, s.path(...upstream), policy, mode]),
  };
};

const scenarios: Scenario[] = [
  {
    name: "oplog-dump",
    claim: "A worker can read its own oplog, and reading it leaves no entry.",
    noisy: true,
    async run(s) {
      await s.invoke("counter");
      await s.invoke("dump-oplog");
    },
  },
  {
    name: "oplog-read-past-end",
    claim: "Reading past the end of an oplog gives nothing.",
    run: (s) => s.invoke("read-at", [100_000]),
  },
  counted(
    "count-errors",
    "Errors on record count the attempts of a region, and so bound it.",
    ["flaky", 3],
    "5,100,2000,1.5 plain",
  ),
  counted(
    "count-errors-commit",
    "Committing before the oplog is read changes nothing.",
    ["flaky", 3],
    "5,100,2000,1.5 commit",
  ),
  counted(
    "count-errors-exhausted",
    "A region bounded by its recorded errors fails after max-attempts retries.",
    ["always", 503],
    "3,100,2000,1.5 commit",
  ),
  counted(
    "count-errors-max-0",
    "Bounded by 0 retries, a region is executed once.",
    ["always", 503],
    "0,100,2000,1.5 commit",
  ),
  counted("count-errors-ok", "Without an error nothing is counted.", ["text", 0], "3,100,2000,1.5 commit"),
  {
    name: "count-errors-then-replay",
    claim: "A worker whose region read the oplog once survives a restart.",
    varies: restarted,
    async run(s) {
      await s.invoke("count-errors", [s.base, s.path("flaky", 2), "5,100,2000,2", "commit"], { label: "count-errors" });
      await s.invoke("counter");
      await s.meta("before the crash");
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", { label: "restart while idle" });
      await s.sleep(500);
      await s.invoke("counter", [], { label: "counter after the restart" });
      await s.invoke("throw-plain", ["plain after a counted region"]);
    },
  },
  {
    name: "count-errors-twice",
    claim:
      "A second region that reads the oplog makes the replay of the first diverge: the recorded server dies of it.",
    fault: { call: "second", entries: 44, requests: 5 },
    async run(s) {
      await s.invoke("count-errors", [s.base, s.path("flaky", 2), "4,100,2000,2", "commit"], { label: "first" });
      await s.invoke("count-errors", [s.base, s.path("flaky", 2, "b"), "4,100,2000,2", "commit"], { label: "second" });
    },
  },
];

export const oplog: Scenario[] = scenarios.map((each) => ({
  ...each,
  component: "probe-oplog",
  ...(each.name.startsWith("count-errors") && { hazards: ["own-oplog-read-in-region"] }),
}));
