import { randomUUID } from "node:crypto";
import { ofItsOwn } from "../own-component.ts";
import { uploadForm } from "../rest.ts";
import type { Scenario } from "../scenario.ts";

export const components: Scenario[] = [
  {
    name: "unknown-component",
    claim: "An unknown component is not found; asking for its workers' metadata, or deleting one, is never answered.",
    time: "real",
    own: false,
    better: "it answers 404 at once where the server never answers",
    varies: {
      fields: ["error"],
      where: ["invoke.golemError"],
      because: "the server's reason quotes a message between its own services",
    },
    async run(s) {
      const id = randomUUID();
      const fn = encodeURIComponent(s.fn("counter"));
      const call = (method: string, path: string, label: string, body?: unknown) =>
        s.rest.request(method, `/v1/components/${id}${path}`, { label, body, limit: 5000 });
      await call("POST", `/workers/w/invoke-and-await?function=${fn}`, "invoke", { params: [] });
      await call("POST", "/workers", "create worker", { name: "w", args: [], env: {} });
      await call("GET", "/workers/w", "worker metadata");
      await call("GET", "", "versions");
      await call("GET", "/latest", "latest");
      await call("GET", "/versions/0", "version 0");
      await call("DELETE", "/workers/w", "delete worker");
      await call("GET", "/workers/w/oplog?count=10", "oplog");
      await s.rest.request("GET", "/v1/components/not-an-id", { label: "no uuid" });
      await s.rest.request("GET", "/v1/components/not-an-id/workers/w", { label: "no uuid, worker" });
    },
  },
  {
    name: "bad-upload",
    claim: "What is no component is refused; a core module is not.",
    own: false,
    async run(s) {
      const upload = (label: string, name: string | undefined, bytes: Uint8Array<ArrayBuffer>) =>
        s.rest.request("POST", "/v1/components", { label, body: uploadForm(name, bytes) });
      const text = (words: string) => new Uint8Array(new TextEncoder().encode(words));
      await upload("not wasm", `bad-${s.run}`, text("this is no component"));
      await upload("core module", `core-${s.run}`, new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
      await upload("no name", undefined, text("x"));
      await upload("name in use", s.componentName, s.wasm);
    },
  },
  {
    name: "components",
    claim: "Components can be found by name, version and id, downloaded, and say what they export.",
    own: false,
    async run(s) {
      const at = `/v1/components/${s.componentId}`;
      const get = (path: string, label: string, keep = false) => s.rest.request("GET", path, { label, keep });
      const named = await get(`/v1/components?component-name=${s.componentName}`, "by name");
      // biome-ignore lint/suspicious/noExplicitAny: the JSON of a component
      const about = (c: any) => ({
        name: s.tidy(c.componentName),
        version: c.versionedComponentId?.version,
        type: c.componentType,
      });
      s.note("by name", named.answer?.map?.(about));
      const { answer } = await get(`${at}/latest`, "latest");
      const { metadata } = answer ?? {};
      s.note("latest", {
        keys: Object.keys(answer ?? {}).sort(),
        metadata: Object.keys(metadata ?? {}).sort(),
        type: answer?.componentType,
        version: answer?.versionedComponentId?.version,
        exports: metadata?.exports?.map?.((e: { name: string; type: string; functions?: unknown[] }) => ({
          name: s.tidy(e.name),
          type: e.type,
          functions: e.functions?.length,
        })),
        first: metadata?.exports?.[0]?.functions?.find?.((f: { name: string }) => f.name === "set-policy"),
        memories: metadata?.memories?.length,
      });
      await get(at, "all versions");
      await get(`${at}/versions/0`, "version 0");
      await get(`${at}/versions/99`, "version 99", true);
      await get("/v1/components?component-name=nobody", "unknown name", true);
      await get(`${at}/download`, "download");
    },
  },
  {
    name: "component-update",
    claim: "A worker keeps its version until it is updated; then its memory is there in the new one.",
    time: "real",
    noisy: true,
    limit: 300_000,
    async run(s) {
      const id = await ofItsOwn(s, "update");
      await s.invoke("counter", [], { label: "counter, version 0" });
      const second = await s.rest.request("POST", `/v1/components/${id}/updates`, {
        label: "version 1 (updates)",
        body: uploadForm(undefined, s.wasm),
        keep: false,
      });
      s.note("version 1", second.answer?.versionedComponentId?.version);
      const third = await s.rest.request("PUT", `/v1/components/${id}/upload`, {
        label: "version 2 (upload)",
        body: s.wasm,
        keep: false,
      });
      s.note("version 2", third.answer?.versionedComponentId?.version);
      await s.invoke("counter", [], { label: "counter, still version 0" });
      await s.meta("before the update");
      const update = (label: string, targetVersion: number) =>
        s.onWorker("POST", "/update", { label, body: { mode: "Automatic", targetVersion } });
      await update("update to 1", 1);
      await s.until((m) => m.componentVersion === 1, 120_000, "until version 1");
      await s.invoke("counter", [], { label: "counter, version 1" });
      await s.meta("after the update");
      await update("update to 9", 9);
      await update("update to an old one", 0);
      await s.sleep(500);
      await s.meta("at the end");
    },
  },
  {
    name: "ephemeral",
    claim: "An ephemeral component starts anew in each call; a call that throws is never answered.",
    time: "real",
    own: false,
    limit: 40_000,
    better: "it answers the call that throws with the error, at once",
    async run(s) {
      await ofItsOwn(s, "ephemeral", "Ephemeral");
      await s.invoke("counter", [], { label: "first" });
      await s.invoke("counter", [], { label: "second" });
      await s.invoke("schedule", [s.base, s.path("text", 0), "2,50,50,1"], { label: "throws" });
    },
  },
];
