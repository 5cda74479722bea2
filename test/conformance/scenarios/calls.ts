import { randomUUID } from "node:crypto";
import type { Scenario } from "../scenario.ts";

/** Invocations, queues and idempotency keys. */
export const calls: Scenario[] = [
  {
    name: "invoke-async",
    claim: "A call that is not waited for is answered at once, and the worker is Running.",
    time: "real",
    noisy: true,
    async run(s) {
      await s.invokeAsync("sleep", [600]);
      await s.sleep(200);
      await s.meta("while it runs");
      await s.until((m) => m.status === "Idle", 5000, "until idle");
      await s.meta("afterwards");
    },
  },
  {
    name: "invoke-without-key",
    claim: "A call without an idempotency key gets one.",
    run: (s) => s.invoke("counter", [], { key: null }),
  },
  {
    name: "invoke-nameless",
    claim: "A call without a worker's name makes a worker.",
    own: false,
    run: (s) =>
      s.rest.request(
        "POST",
        `/v1/components/${s.componentId}/invoke-and-await?function=${encodeURIComponent(s.fn("counter"))}`,
        { label: "no worker name", body: { params: [] }, headers: { "idempotency-key": randomUUID() } },
      ),
  },
  {
    name: "same-key-twice",
    claim: "The same idempotency key gives the first result again, whatever is called.",
    async run(s) {
      const key = `same-${s.key}`;
      await s.invoke("counter", [], { key });
      await s.invoke("counter", [], { key, label: "same key again" });
      await s.invoke("log", ["other function, same key"], { key, label: "same key, other function" });
      await s.invoke("counter", [], { label: "new key" });
      await s.invokeAsync("counter", [], { key, label: "same key, async" });
      await s.invoke("counter", [], { label: "new key again" });
    },
  },
  {
    name: "same-key-at-once",
    claim: "Two calls with one key at the same time: the recorded server runs both.",
    time: "real",
    async run(s) {
      const key = `once-${s.key}`;
      const args = [s.base, s.path("slow", 800)];
      const first = s.invoke("fetch-text", args, { key });
      await s.sleep(200);
      const second = s.invoke("fetch-text", args, { key, label: "same key while it runs" });
      await Promise.all([first, second]);
    },
  },
  {
    name: "queue",
    claim: "Calls wait in a queue for the one that runs, and are counted as pending.",
    time: "real",
    async run(s) {
      const first = s.invoke("fetch-text", [s.base, s.path("slow", 1200)]);
      await s.requested(1);
      await s.invokeAsync("counter", [], { label: "queued" });
      await s.meta("one waits");
      const last = s.invoke("counter", [], { label: "queued too" });
      await Promise.all([first, last]);
    },
  },
  {
    name: "queue-cancel",
    claim: "A call that waits can be cancelled, and then does not run.",
    time: "real",
    async run(s) {
      const first = s.invoke("fetch-text", [s.base, s.path("slow", 1500)]);
      await s.requested(1);
      const key = `cancel-${s.key}`;
      await s.invokeAsync("counter", [], { key, label: "queued" });
      await s.onWorker("DELETE", `/invocations/${key}`, { label: "cancel it" });
      await s.onWorker("DELETE", `/invocations/${key}`, { label: "cancel it again" });
      await first;
      await s.invoke("counter");
      await s.onWorker("DELETE", "/invocations/nobody-knows-it", { label: "cancel an unknown key" });
    },
  },
  {
    name: "queue-failure",
    claim: "One final failure fails the calls behind it.",
    time: "real",
    varies: {
      fields: ["pending"],
      where: ["at the end"],
      because: "the server goes on counting the call that it has failed, which is never made; minigolem doesn't",
    },
    async run(s) {
      await s.invoke("set-policy", [0, 0, 0, 1, -1]);
      const first = s.invoke("fetch-text", [s.base, s.path("slowbad", 1200)]);
      await s.requested(1);
      const second = s.invoke("counter", [], { label: "queued behind a failure" });
      await Promise.all([first, second]);
    },
  },
  {
    name: "bad-calls",
    claim: "Unknown functions are refused; a wrong number of parameters is retried, and fails the worker for good.",
    better: "a name that does not parse leaves no entry, where on the server it leaves one that cannot be read",
    async run(s) {
      await s.create();
      const call = (fn: string, body: unknown, label: string) =>
        s.onWorker("POST", `/invoke-and-await?function=${encodeURIComponent(fn)}`, {
          label,
          body,
          headers: { "idempotency-key": randomUUID() },
          limit: 8000,
        });
      await call(s.fn("nope"), { params: [] }, "unknown function");
      await call("nope", { params: [] }, "no interface in the name");
      await call("((", { params: [] }, "name that does not parse");
      await call(s.fn("throw-plain"), { params: [] }, "too few params");
      await call(s.fn("counter"), { params: [{ value: 1 }] }, "too many params");
      await call(s.fn("throw-plain"), { params: [{ value: 1 }] }, "number for a string");
      await call(s.fn("sleep"), { params: [{ value: "1" }] }, "string for a number");
      await call(s.fn("sleep"), { params: [{ value: -1 }] }, "negative u64");
      await call(s.fn("sleep"), { params: [{ value: 1.5 }] }, "fraction for a u64");
      await call(s.fn("ok-result"), { params: [{ value: "x", typ: { type: "Str" } }] }, "with its type");
      await call(s.fn("ok-result"), { params: [{ value: "x", typ: { type: "U32" } }] }, "with a wrong type");
      await call(s.fn("counter"), {}, "no params at all");
      await call(s.fn("counter"), "{", "broken JSON");
      await s.onWorker("POST", "/invoke-and-await", { label: "no function", body: { params: [] } });
      await s.onWorker("POST", `/invoke?function=${encodeURIComponent(s.fn("nope"))}`, {
        label: "async, unknown function",
        body: { params: [] },
      });
      await s.invoke("counter");
    },
  },
];
