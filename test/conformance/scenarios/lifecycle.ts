import type { Scenario } from "../scenario.ts";

/** Failing, waiting, interrupting and resuming, seen through REST. */
export const lifecycle: Scenario[] = [
  {
    name: "failed-worker",
    claim: "A Failed worker refuses all calls with its last error, and can be neither resumed nor interrupted.",
    time: "real",
    async run(s) {
      const key = `failed-${s.key}`;
      await s.invoke("schedule", [s.base, s.path("text", 0), "0,0,0,1"], { key });
      await s.until((m) => m.status === "Failed", 3000, "until failed");
      await s.invoke("counter", [], { label: "another call" });
      await s.invoke("schedule", [s.base, s.path("text", 0), "0,0,0,1"], { key, label: "same key again" });
      await s.invokeAsync("counter", [], { label: "async call" });
      await s.onWorker("POST", "/resume", { label: "resume" });
      await s.onWorker("POST", "/interrupt", { label: "interrupt", limit: 4000 });
      await s.meta("at the end");
    },
  },
  {
    name: "failed-worker-revert",
    claim: "A Failed worker works again once its failed invocation is reverted.",
    time: "real",
    varies: { fields: ["waits"], because: "the wait is the runner's own, from the failure to the revert" },
    async run(s) {
      await s.invoke("counter");
      await s.invoke("schedule", [s.base, s.path("text", 0), "0,0,0,1"]);
      await s.until((m) => m.status === "Failed", 3000, "until failed");
      await s.onWorker("POST", "/revert", {
        label: "revert one invocation",
        body: { type: "revertLastInvocations", numberOfInvocations: 1 },
        limit: 8000,
      });
      await s.meta("after the revert");
      await s.invoke("counter");
      await s.invoke("get-policy");
    },
  },
  {
    name: "retrying-worker",
    claim: "A worker that waits for its retry is Retrying, and refuses calls and resume.",
    time: "real",
    async run(s) {
      await s.invokeAsync("schedule", [s.base, s.path("text", 0), "1,4000,4000,1"]);
      await s.until((m) => m.status === "Retrying", 3000, "until retrying");
      await s.meta("while it waits");
      await s.invoke("counter", [], { label: "call during the delay", limit: 3000 });
      await s.invokeAsync("counter", [], { label: "async call during the delay" });
      await s.onWorker("POST", "/resume", { label: "resume during the delay", limit: 3000 });
      await s.until((m) => m.status === "Failed", 8000, "until failed");
      await s.meta("at the end");
    },
  },
  {
    name: "retrying-interrupt",
    claim: "An interrupt during the wait for a retry is accepted, and has no effect.",
    time: "real",
    hazards: ["retry-not-interruptible"],
    varies: {
      fields: ["notes", "answer"],
      because: "the last execution takes milliseconds: what is read meanwhile depends on when it is asked for",
    },
    async run(s) {
      await s.invokeAsync("schedule", [s.base, s.path("text", 0), "1,4000,4000,1"]);
      await s.until((m) => m.status === "Retrying", 3000, "until retrying");
      await s.onWorker("POST", "/interrupt", { label: "interrupt during the delay", limit: 3000 });
      await s.meta("right after");
      await s.until((m) => m.status !== "Retrying", 8000, "until not retrying");
      await s.meta("at the end");
    },
  },
  {
    name: "retrying-delete",
    claim: "A delete during the wait for a retry is answered when the retry is over.",
    time: "real",
    gone: true,
    hazards: ["retry-not-interruptible"],
    async run(s) {
      await s.invokeAsync("schedule", [s.base, s.path("text", 0), "1,3000,3000,1"]);
      await s.until((m) => m.status === "Retrying", 3000, "until retrying");
      await s.onWorker("DELETE", "", { label: "delete during the delay", limit: 12_000 });
      await s.meta("after the delete");
    },
  },
  {
    name: "interrupt-resume",
    claim: "An interrupt takes effect at the next answer from outside: until then the worker is Running.",
    time: "real",
    async run(s) {
      await s.invokeAsync("fetch-text", [s.base, s.path("hangonce", 0)]);
      await s.requested(1);
      await s.sleep(300);
      await s.onWorker("POST", "/interrupt", { label: "interrupt", limit: 8000 });
      await s.until((m) => m.status !== "Running", 3000, "until not running");
      await s.meta("interrupted");
      await s.sleep(500);
      await s.onWorker("POST", "/resume", { label: "resume" });
      await s.until((m) => m.status === "Idle", 6000, "until idle");
      s.note("requests", s.requests());
    },
  },
  {
    name: "interrupt-await",
    claim: "A call that hangs stays unanswered when its worker is interrupted; the next call resumes it.",
    time: "real",
    async run(s) {
      const answer = s.invoke("fetch-text", [s.base, s.path("hangonce", 0)], { limit: 12_000 });
      await s.requested(1);
      await s.sleep(300);
      await s.onWorker("POST", "/interrupt", { label: "interrupt", limit: 8000 });
      await answer;
      await s.meta("interrupted");
      await s.invoke("counter", [], { label: "a new call resumes it" });
      await s.until((m) => m.status === "Idle", 4000, "until idle");
    },
  },
  {
    name: "interrupt-recover",
    claim: "A worker restarted during a request sends it again.",
    time: "real",
    async run(s) {
      const answer = s.invoke("fetch-text", [s.base, s.path("slowonce", 3000)]);
      await s.requested(1);
      await s.sleep(300);
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", { label: "restart at once", limit: 8000 });
      await answer;
      s.note("requests", s.requests());
    },
  },
  {
    name: "interrupt-recover-post",
    claim: "A POST without an answer is sent again after a restart, with its body.",
    time: "real",
    async run(s) {
      const answer = s.invoke("post", [s.base, s.path("slowonce", 2500), "", "body of a post"]);
      await s.requested(1);
      await s.sleep(300);
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", { label: "restart at once", limit: 8000 });
      await answer;
    },
  },
  {
    name: "interrupt-idle",
    claim: "An idle worker can be interrupted and resumed; its memory is kept.",
    async run(s) {
      await s.invoke("counter");
      await s.onWorker("POST", "/interrupt", { label: "interrupt while idle", limit: 4000 });
      await s.meta("afterwards");
      await s.onWorker("POST", "/resume", { label: "resume while idle" });
      await s.invoke("counter");
    },
  },
  {
    name: "memory-after-restart",
    claim: "Memory and policy come back by replay after a restart.",
    async run(s) {
      await s.invoke("counter");
      await s.invoke("set-policy", [9, 33_000_000, 66_000_000, 2, -1]);
      await s.onWorker("POST", "/interrupt?recovery-immediately=true", { label: "restart while idle", limit: 4000 });
      await s.sleep(500);
      await s.atRest();
      await s.invoke("counter");
      await s.invoke("get-policy");
    },
  },
];
