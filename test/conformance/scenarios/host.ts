import type { Scenario } from "../scenario.ts";

export const host: Scenario[] = [
  { name: "sleep", claim: "A short sleep takes its time.", noisy: true, run: (s) => s.invoke("sleep", [300]) },
  {
    name: "sleep-suspend",
    claim: "From 10 s on a sleeping worker is Suspended, and comes back by itself.",
    time: "real",
    noisy: true,
    async run(s) {
      const answer = s.invoke("sleep", [11_500]);
      await s.sleep(5000);
      await s.meta("status after 5 s");
      await answer;
    },
  },
  {
    name: "noise",
    claim: "Clocks and random numbers are on record.",
    noisy: true,
    async run(s) {
      await s.invoke("noise");
      await s.invoke("noise");
    },
  },
  {
    name: "counter",
    claim: "Memory lives from call to call.",
    async run(s) {
      for (let i = 0; i < 3; i++) await s.invoke("counter");
    },
  },
  {
    name: "log",
    claim: "What a guest writes to stdout and stderr is in the oplog.",
    run: (s) => s.invoke("log", ["hello from the probe"]),
  },
  {
    name: "levels",
    claim: "Persistence level and idempotence mode are read back as set.",
    run: (s) => s.invoke("levels"),
  },
  {
    name: "commit",
    claim: "A region takes two entries, and ending it twice is no error.",
    noisy: true,
    run: (s) => s.invoke("commit"),
  },
  {
    name: "self",
    claim: "A worker knows its name, component, version and status.",
    noisy: true,
    run: (s) => s.invoke("self"),
  },
  {
    name: "environment",
    claim: "A worker finds Golem's own variables in its environment.",
    run: (s) => s.invoke("environment"),
  },
];
