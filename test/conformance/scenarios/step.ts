import type { Scenario, Stage, UpstreamKind } from "../scenario.ts";

const restart = async (s: Stage) => {
  await s.onWorker("POST", "/interrupt?recovery-immediately=true", { label: "restart while idle" });
  await s.sleep(500);
  await s.atRest();
};

const single = (
  name: string,
  claim: string,
  fn: string,
  policy: string,
  ...upstream: [UpstreamKind, number]
): Scenario => ({
  name,
  claim,
  run: (s) => s.invoke(fn, [s.base, s.path(...upstream), policy]),
});

const scenarios: Scenario[] = [
  single(
    "step",
    "Attempts counted in the key-value store bound a region, and each wait is the step's own.",
    "step",
    "5,100,2000,1.5",
    "flaky",
    3,
  ),
  single(
    "step-ok",
    "A step that succeeds at once leaves nothing in the key-value store.",
    "step",
    "5,100,2000,1.5",
    "text",
    0,
  ),
  single("step-exhausted", "A step fails after max-attempts retries.", "step", "3,100,2000,1.5", "always", 503),
  single("step-max-0", "A step without retries is executed once.", "step", "0,100,2000,1.5", "always", 503),
  single(
    "step-fallible",
    "A step that gave up can throw to its caller, with its region closed and the old policy in force.",
    "fallible",
    "2,100,2000,2.5",
    "always",
    503,
  ),
  single(
    "step-caught",
    "A caller that catches everything does not keep a step from being executed again.",
    "caught",
    "3,100,2000,1",
    "flaky",
    2,
  ),
  single("step-within", "After a step the override around it is in force again.", "within", "3,100,2000,1", "flaky", 2),
  single("step-capped", "A step's waits are capped at its max-delay.", "step", "4,100,150,3", "flaky", 4),
  {
    name: "step-twice",
    claim: "Two steps of a call have a budget each.",
    run(s) {
      s.path("flaky", 2, "b");
      return s.invoke("twice", [s.base, s.path("flaky", 2), "3,100,2000,2"]);
    },
  },
  {
    name: "step-then-restart",
    claim: "Steps are replayed when the worker is restarted; later ones are not disturbed.",
    async run(s) {
      s.path("flaky", 2, "c-b");
      await s.invoke("counter");
      await s.invoke("step", [s.base, s.path("flaky", 2), "3,100,2000,2"]);
      await s.invoke("fallible", [s.base, s.path("always", 503, "a"), "1,100,100,1"]);
      await restart(s);
      await s.invoke("counter", [], { label: "counter after the restart" });
      await s.invoke("twice", [s.base, s.path("flaky", 2, "c"), "3,100,2000,2"]);
      await restart(s);
      await s.invoke("counter", [], { label: "counter at last" });
    },
  },
  single(
    "patient",
    "A step can wait inside the guest, in a durable sleep: the engine retries at once.",
    "patient",
    "5,100,2000,1.5",
    "flaky",
    3,
  ),
  single(
    "patient-exhausted",
    "A patient step fails after max-attempts retries.",
    "patient",
    "2,100,2000,2.5",
    "always",
    503,
  ),
  single(
    "patient-fallible",
    "A patient step that gave up can throw to its caller.",
    "patient-fallible",
    "2,100,2000,2.5",
    "always",
    503,
  ),
  {
    name: "patient-queue",
    claim: "While a patient step waits its worker takes calls, and queues them.",
    time: "held",
    async run(s) {
      const first = s.invoke("patient", [s.base, s.path("flaky", 1), "2,3000,3000,1"], { label: "patient" });
      await s.requested(1);
      await s.jumped(1);
      await s.sleep(800);
      await s.meta("while it waits");
      const second = s.invoke("counter", [], { label: "a call while it waits" });
      await s.queued(1);
      s.flow();
      await Promise.all([first, second]);
    },
  },
  {
    name: "patient-interrupt",
    claim: "A patient step that is restarted while it waits goes on waiting.",
    time: "held",
    async run(s) {
      const first = s.invoke("patient", [s.base, s.path("flaky", 1), "2,2500,2500,1"], { label: "patient" });
      await s.requested(1);
      await s.jumped(1);
      await s.sleep(800);
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", {
        label: "restart while it waits",
        limit: 8000,
      });
      s.flow();
      await first;
    },
  },
  {
    name: "patient-long",
    claim: "A patient wait of more than 10 s suspends the worker.",
    time: "held",
    async run(s) {
      const first = s.invoke("patient", [s.base, s.path("flaky", 1), "2,12000,12000,1"], { label: "patient" });
      await s.requested(1);
      await s.jumped(1);
      await s.sleep(1500);
      await s.meta("while it waits");
      s.flow();
      await first;
    },
  },
  {
    name: "step-interrupted",
    claim: "A step that is interrupted is executed again, without using up an attempt.",
    time: "real",
    async run(s) {
      const answer = s.invoke("step", [s.base, s.path("slowonce", 2500), "3,100,2000,2"]);
      await s.requested(1);
      await s.sleep(300);
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", {
        label: "restart inside the step",
        limit: 8000,
      });
      await answer;
      s.note("requests", s.requests());
    },
  },
];

export const step: Scenario[] = scenarios.map((each) => ({ ...each, component: "probe-step" }));
