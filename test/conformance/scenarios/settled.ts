import { abortedRequest } from "../aborted-request.ts";
import { restarted } from "../circumstances.ts";
import { ofItsOwn } from "../own-component.ts";
import { uploadForm } from "../rest.ts";
import type { Scenario, Stage, UpstreamKind } from "../scenario.ts";

const policy = "2,100,2000,2";

/**
 * Two calls, then the worker is made anew from its record: what was answered before must be answered alike.
 * @param expected requests after the restart, and after the last call, where the component doesn't wait for their answers
 */
async function thenAnew(s: Stage, [restarted, called] = [0, 0]): Promise<void> {
  await s.invoke("counter", [], { label: "counter" });
  await s.invoke("counter", [], { label: "counter again" });
  const before = s.requests();
  await s.onWorker("POST", "/interrupt?recovery-immediately=true", { label: "restart while idle" });
  await s.atRest(); // the recovery may make requests, and a call that comes meanwhile would join it
  await s.sleep(1200); // a server shows the worker as Idle for a while before the recovery begins
  await s.atRest();
  await s.requested(restarted);
  await s.invoke("counter", [], { label: "counter after the restart" });
  await s.requested(called);
  s.note("requests before and after the restart", [before, s.requests()]);
}

/** Of steps that sleep until a time that they have chosen before. */
const late: Scenario["varies"] = {
  fields: ["sleeps"],
  because: "the recorded server was slow: when it came to sleep until the next attempt, that was nearly due",
};

const step = (
  component: "probe-step" | "probe-settled",
  name: string,
  claim: string,
  fn: string,
  ...upstream: [UpstreamKind, number]
): Scenario => ({
  name,
  claim,
  component,
  varies: late,
  async run(s) {
    await s.invoke(fn, [s.base, s.path(...upstream), policy]);
    await thenAnew(s);
  },
});

/** An update while a step waits. */
const updated = (wait: number) => async (s: Stage) => {
  const id = await ofItsOwn(s, `update-step-${wait}`);
  await s.invoke("counter", [], { label: "counter, version 0", limit: 120_000 });
  await s.rest.request("POST", `/v1/components/${id}/updates`, {
    label: "version 1",
    body: uploadForm(undefined, s.wasm),
    keep: false,
  });
  const answer = s.invoke("patient", [s.base, s.path("flaky", 1), `2,${wait},${wait},1`], {
    label: "patient",
    limit: 150_000,
  });
  await s.requested(1);
  await s.jumped(1);
  await s.sleep(1500);
  await s.meta("while it waits");
  await s.onWorker("POST", "/update", { label: "update to 1", body: { mode: "Automatic", targetVersion: 1 } });
  await s.sleep(2000);
  await s.meta("after the update");
  s.flow();
  await answer;
  await s.meta("at the end");
  await s.invoke("counter", [], { label: "counter at the end" });
};

const unanswered: Scenario[] = [
  {
    name: "caught-then-anew",
    claim: "After a request without an answer that was caught, each recovery rewrites the history from there on.",
    hazards: ["request-unanswered"],
    async run(s) {
      await s.invoke("fetch-catch", [s.base, s.path("reset", 1)]);
      await thenAnew(s);
    },
  },
  {
    name: "aborted-then-anew",
    claim: "The same holds for a request that was aborted.",
    time: "held",
    hazards: ["request-unanswered"],
    async run(s) {
      await abortedRequest(s, "hangonce");
      await thenAnew(s, [2, 3]);
    },
  },
  {
    name: "body-catches",
    claim: "It holds inside an atomic region that was closed, too.",
    component: "probe-settled",
    hazards: ["request-unanswered"],
    async run(s) {
      s.path("text", 0, "b");
      await s.invoke("body-catches", [s.base, s.path("reset", 1)]);
      await thenAnew(s);
    },
  },
  step(
    "probe-step",
    "patient-reset",
    "A step that was reset and then answered is replayed as it was.",
    "patient-fallible",
    "reset",
    2,
  ),
  {
    ...step(
      "probe-step",
      "patient-reset-exhausted",
      "A step that hands a request without an answer to its caller is not: the next recovery asks again.",
      "patient-fallible",
      "reset",
      3,
    ),
    hazards: ["request-unanswered"],
  },
];

const settled: Scenario[] = [
  step("probe-settled", "settled-ok", "A settled step that succeeds at once.", "settled", "text", 0),
  step("probe-settled", "settled-reset", "A settled step that is answered at last.", "settled", "reset", 2),
  step(
    "probe-settled",
    "settled-reset-exhausted",
    "A settled step gives up in an execution that asks nothing, so nothing is asked again after it.",
    "settled",
    "reset",
    3,
  ),
  step("probe-settled", "settled-exhausted", "It does so for answers, too.", "settled", "always", 503),
  {
    ...step("probe-settled", "jumping-ok", "A jumping step that succeeds at once.", "jumping", "text", 0),
    varies: restarted,
  },
  step(
    "probe-settled",
    "jumping-reset",
    "A failed execution that jumps back to its own mark leaves no unanswered request behind.",
    "jumping",
    "reset",
    2,
  ),
  step(
    "probe-settled",
    "jumping-reset-exhausted",
    "A jumping step that gives up leaves none, either.",
    "jumping",
    "reset",
    3,
  ),
  step("probe-settled", "jumping-flaky", "Answers that are not ok are jumped over alike.", "jumping", "flaky", 2),
  step("probe-settled", "jumping-exhausted", "So they are when the step gives up.", "jumping", "always", 503),
  {
    name: "jumping-twice",
    claim: "Two jumping steps of a call have a budget each.",
    component: "probe-settled",
    varies: late,
    async run(s) {
      s.path("reset", 2, "b");
      await s.invoke("jumping-twice", [s.base, s.path("reset", 2), policy]);
      await thenAnew(s);
    },
  },
  step(
    "probe-settled",
    "jumping-in-settled",
    "A jumping step works inside a settled one.",
    "jumping-in-settled",
    "reset",
    2,
  ),
  {
    name: "jumping-interrupted",
    claim: "A jumping step that is restarted while it waits goes on waiting.",
    component: "probe-settled",
    varies: restarted,
    time: "held",
    async run(s) {
      const answer = s.invoke("jumping", [s.base, s.path("flaky", 1), "2,2500,2500,1"]);
      await s.requested(1);
      await s.jumped(1);
      await s.sleep(800);
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", {
        label: "restart while it waits",
        limit: 8000,
      });
      s.flow();
      await answer;
      await thenAnew(s);
    },
  },
];

const waiting: Scenario[] = [
  {
    name: "sleep-in-region-short",
    claim: "A sleep of 3 s inside a region is a sleep.",
    component: "probe-settled",
    run: (s) => s.invoke("sleep-in-region", [s.base, s.path("text", 0), 3000]),
  },
  {
    name: "sleep-in-region-long",
    claim: "A sleep of 11 s inside a region suspends the worker, which starts again from the region's begin.",
    component: "probe-settled",
    limit: 60_000,
    hazards: ["suspended-in-region"],
    run: (s) => s.invoke("sleep-in-region", [s.base, s.path("text", 0), 11_000]),
  },
  {
    name: "patient-queue-long",
    claim: "A call that finds its worker suspended in a step is refused; it stays pending, and is never made.",
    component: "probe-step",
    time: "held",
    limit: 60_000,
    async run(s) {
      const first = s.invoke("patient", [s.base, s.path("flaky", 1), "2,14000,14000,1"], { label: "patient" });
      await s.requested(1);
      await s.jumped(1);
      await s.sleep(2500);
      await s.meta("while it waits");
      await s.invoke("counter", [], { label: "a call while it waits" });
      await s.sleep(2500);
      await s.meta("after that call");
      s.flow();
      await first;
      await s.invoke("counter", [], { label: "a call afterwards" });
    },
  },
  {
    name: "patient-update",
    claim: "An update waits for a step's wait to end, and then fails; the step goes on in the old version.",
    component: "probe-step",
    time: "held",
    limit: 200_000,
    hazards: ["update-during-step"],
    varies: {
      fields: ["answer", "waits", "pending"],
      where: ["while it waits.lastError", "#1"],
      because: "the recorded server took half a second to recover, and was in the middle of it when it was asked",
    },
    run: updated(8000),
  },
  {
    name: "patient-update-long",
    claim: "An update that finds its worker between a trap and its retry leaves it Retrying for good.",
    component: "probe-step",
    time: "held",
    limit: 200_000,
    hazards: ["update-during-step"],
    fault: { call: "patient", entries: 14, requests: 1 },
    run: updated(14_000),
  },
  {
    name: "patient-ephemeral",
    claim: "An ephemeral component that traps is never retried, and its caller never gets an answer.",
    component: "probe-step",
    time: "real",
    own: false,
    limit: 200_000,
    better: "it answers the call with the error, at once",
    async run(s) {
      await ofItsOwn(s, "ephemeral-step", "Ephemeral");
      await s.invoke("counter", [], { label: "counter", limit: 120_000 });
      await s.invoke("patient", [s.base, s.path("flaky", 1), "2,200,200,1"], { label: "patient", limit: 10_000 });
    },
  },
];

export const withoutAnswer: Scenario[] = [...unanswered, ...settled, ...waiting];
