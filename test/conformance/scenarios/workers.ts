import type { Scenario } from "../scenario.ts";

/** Making, finding and describing workers. */
export const workers: Scenario[] = [
  {
    name: "create-worker",
    claim: "A worker can be made before its first call, and only once.",
    async run(s) {
      await s.create([], {}, "create");
      await s.meta("fresh");
      await s.create([], {}, "create again");
      await s.invoke("counter");
      await s.meta("used");
    },
  },
  {
    name: "worker-args-env",
    claim: "A worker gets the arguments and variables it was made with.",
    async run(s) {
      await s.create(["one", "two words"], { PROBE: "yes", OTHER: "" });
      await s.meta("metadata");
      await s.invoke("environment");
    },
  },
  {
    name: "worker-bad-names",
    claim: "A worker's name has 1 to 512 characters, none of them a space or a slash.",
    own: false,
    async run(s) {
      const path = `/v1/components/${s.componentId}/workers`;
      for (const name of ["", "with space", "with/slash", "x".repeat(600)]) {
        const label = `create ${JSON.stringify(name.slice(0, 20))}`;
        await s.rest.request("POST", path, { label, body: { name, args: [], env: {} }, limit: 8000 });
      }
      const body = { args: [], env: {} };
      await s.rest.request("POST", path, { label: "create without a name", body, limit: 8000 });
    },
  },
  {
    name: "list-workers",
    claim: "Workers can be listed by filters in the address, and found by filters in a body.",
    noisy: true,
    async run(s) {
      await s.create();
      const path = `/v1/components/${s.componentId}/workers`;
      const byName = `filter=${encodeURIComponent(`name = ${s.worker}`)}`;
      const idle = `filter=${encodeURIComponent("status = Idle")}`;
      await s.rest.request("GET", `${path}?${byName}&count=10`, { label: "list by name" });
      await s.rest.request("GET", `${path}?${byName}&${idle}&precise=true&count=10`, {
        label: "list by name and status",
      });
      await s.rest.request("GET", `${path}?filter=nonsense`, { label: "bad filter" });
      await s.rest.request("POST", `${path}/find`, {
        label: "find",
        body: { filter: { type: "Name", comparator: "Equal", value: s.worker }, count: 10, precise: true },
      });
      const { answer } = await s.rest.request("GET", `${path}?count=1`, { label: "first page", keep: false });
      s.note("first page", { workers: answer?.workers?.length, cursor: answer?.cursor ?? null });
    },
  },
  {
    name: "metadata-unknown-worker",
    claim: "The metadata of a worker that is not there is a 404.",
    own: false,
    run: (s) => s.meta("no such worker"),
  },
  {
    name: "delete-worker",
    claim: "A deleted worker is gone with its oplog; its name can be used again.",
    async run(s) {
      await s.invoke("counter");
      await s.onWorker("DELETE", "", { label: "delete" });
      await s.meta("after the delete");
      await s.onWorker("DELETE", "", { label: "delete again" });
      await s.onWorker("GET", "/oplog?count=10", { label: "oplog of a deleted worker" });
      await s.invoke("counter", [], { label: "same name again" });
    },
  },
  {
    name: "revert-to-index",
    claim: "A revert takes entries or invocations back, and the next call starts from there.",
    async run(s) {
      await s.invoke("counter");
      const { entries } = await s.rest.oplog(s.componentId, s.worker);
      const last = entries.at(-1)?.oplogIndex;
      await s.invoke("counter");
      await s.invoke("counter");
      const revert = (label: string, body: object) => s.onWorker("POST", "/revert", { label, body });
      await revert("revert to the first call's end", { type: "revertToOplogIndex", lastOplogIndex: last });
      await s.invoke("counter", [], { label: "counter after the revert" });
      await revert("revert past the end", { type: "revertToOplogIndex", lastOplogIndex: 1_000_000 });
      await revert("revert two invocations", { type: "revertLastInvocations", numberOfInvocations: 2 });
      await s.invoke("counter", [], { label: "counter after the last revert" });
      await revert("unknown kind of revert", { type: "nonsense" });
    },
  },
];
