import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ServerProcess } from "./server-process.js";

const wasm = readFileSync(fileURLToPath(new URL("component/dist/component.wasm", import.meta.url)));

let folder: string;
let server: ServerProcess;
let id: string;
let seen: string[];
let answer: (path: string, count: number, response: ServerResponse) => void;
const upstream = createServer((request, response) => {
  const path = request.url as string;
  seen.push(path);
  answer(path, seen.filter((one) => one === path).length, response);
});
let base: string;

async function rest<T>(
  method: string,
  path: string,
  body?: BodyInit,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const invoke = async (name: string, params: unknown[], key: string) => {
  const path = `/v1/components/${id}/workers/w/invoke-and-await?function=${encodeURIComponent(`test:survivor-exports/api.{${name}}`)}`;
  const body = JSON.stringify({ params: params.map((value) => ({ value })) });
  const headers = { "content-type": "application/json", "idempotency-key": key };
  return (await rest<{ result: { value: unknown[] } }>("POST", path, body, headers)).result.value[0];
};

interface Entry {
  oplogIndex: number;
  entry: { type: string };
}

async function oplog(): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let next: { next_oplog_index: number; current_component_version: number } | null | undefined; next !== null; ) {
    const cursor = next ? `&cursor=${next.next_oplog_index}-${next.current_component_version}` : "";
    const page = await rest<{ entries: Entry[]; next: typeof next }>(
      "GET",
      `/v1/components/${id}/workers/w/oplog?count=200${cursor}`,
    );
    if (page.entries.length === 0) break;
    entries.push(...page.entries);
    next = page.next;
  }
  return entries;
}

/** Nothing is missing, and nothing is there twice. */
async function expectNoHole(): Promise<void> {
  const entries = await oplog();
  expect(entries.map(({ oplogIndex }) => oplogIndex)).toEqual(entries.map((_, i) => i + 1));
  expect(entries.filter(({ entry }) => entry.type === "Create")).toHaveLength(1);
}

const status = async () => (await rest<{ status: string }>("GET", `/v1/components/${id}/workers/w`)).status;
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "minigolem-kill-"));
  seen = [];
  answer = (path, _, response) => response.end(`answer of ${path}`);
  if (!upstream.listening) await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  server = new ServerProcess(folder);
  await server.start();
  const form = new FormData();
  form.append("name", "survivor");
  form.append("component", new Blob([wasm]), "component.wasm");
  const made = await rest<{ versionedComponentId: { componentId: string } }>("POST", "/v1/components", form);
  id = made.versionedComponentId.componentId;
});
afterEach(async () => {
  await server.kill();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

test("killed during the wait for a retry: it is retried after the start, and the call finishes", async () => {
  answer = (path, count, response) => {
    response.statusCode = count === 1 ? 503 : 200;
    response.end(`answer of ${path}`);
  };
  const call = invoke("ask-all", [[`${base}/flaky`], 1500], "k").catch(() => "lost");
  await until(() => seen.length === 1);
  await until(async () => (await status()) === "Retrying");
  await server.kill();
  expect(await call).toBe("lost");
  await server.start();
  await until(async () => (await status()) === "Idle"); // until then it takes no calls, as on Golem
  expect(await invoke("ask-all", [[`${base}/flaky`], 1500], "k")).toEqual(["answer of /flaky"]);
  expect(seen).toEqual(["/flaky", "/flaky"]);
  await expectNoHole();
});

test("killed during the wait for a retry, with Golem's faults: it stays Retrying", async () => {
  answer = (_, __, response) => {
    response.statusCode = 503;
    response.end();
  };
  const call = invoke("ask-all", [[`${base}/flaky`], 1000], "k").catch(() => "lost");
  await until(() => seen.length === 1);
  await until(async () => (await status()) === "Retrying");
  await server.kill();
  expect(await call).toBe("lost");
  await server.start("--faults");
  await new Promise((done) => setTimeout(done, 1200)); // the retry would have come
  expect(await status()).toBe("Retrying");
  await expect(invoke("count", [], "k2")).rejects.toThrow("PreviousInvocationFailed");
  expect(seen).toEqual(["/flaky"]);
});

test("killed during a request: what was answered is not asked for again, what was not is", async () => {
  answer = (path, count, response) => {
    if (path !== "/slow" || count > 1) response.end(`answer of ${path}`);
  };
  const urls = [`${base}/first`, `${base}/slow`, `${base}/last`];
  const call = invoke("ask-each", [urls], "k").catch(() => "lost");
  await until(() => seen.includes("/slow"));
  await server.kill();
  expect(await call).toBe("lost");
  await server.start();
  expect(await invoke("ask-each", [urls], "k")).toEqual(
    ["/first", "/slow", "/last"].map((path) => `answer of ${path}`),
  );
  expect(seen).toEqual(["/first", "/slow", "/slow", "/last"]);
  await expectNoHole();
});

test("killed while it is being recovered: what was not answered is asked for again, once for each start", async () => {
  answer = (path, count, response) => {
    if (path !== "/slow" || count > 2) response.end(`answer of ${path}`);
  };
  const urls = [`${base}/first`, `${base}/slow`];
  const call = invoke("ask-each", [urls], "k").catch(() => "lost");
  await until(() => seen.length === 2);
  await server.kill();
  await call;
  await server.start();
  await until(() => seen.length === 3); // the recovery has come so far
  await server.kill();
  await server.start();
  expect(await invoke("ask-each", [urls], "k")).toEqual(["/first", "/slow"].map((path) => `answer of ${path}`));
  expect(seen).toEqual(["/first", "/slow", "/slow", "/slow"]);
  await expectNoHole();
});

test("killed while it computes, twice: the call is finished once", async () => {
  const call = invoke("compute", [1_000_000], "k").catch(() => "lost");
  const begun = async () =>
    (await oplog().catch(() => [])).some(({ entry }) => entry.type === "ExportedFunctionInvoked");
  await until(begun);
  await server.kill();
  await call;
  await server.start();
  await server.kill();
  await server.start();
  expect(await invoke("compute", [1_000_000], "k")).toBe(1_000_000);
  expect((await oplog()).filter(({ entry }) => entry.type === "ExportedFunctionCompleted")).toHaveLength(1);
  await expectNoHole();
});

test("killed in the middle of an answer: it is asked for again, and the first half counts for nothing", async () => {
  answer = (path, count, response) => {
    if (path === "/halves" && count === 1) response.write("first half, ");
    else response.end(path === "/halves" ? "first half, second half" : `answer of ${path}`);
  };
  const urls = [`${base}/first`, `${base}/halves`];
  const call = invoke("ask-each", [urls], "k").catch(() => "lost");
  await until(() => seen.includes("/halves"));
  await new Promise((done) => setTimeout(done, 100)); // so that the half has been read
  await server.kill();
  expect(await call).toBe("lost");
  await server.start();
  expect(await invoke("ask-each", [urls], "k")).toEqual(["answer of /first", "first half, second half"]);
  expect(seen).toEqual(["/first", "/halves", "/halves"]);
  await expectNoHole();
});

test("killed during a sleep: it ends when it would have", async () => {
  const begun = performance.now();
  const call = invoke("pause", [8000], "k").catch(() => "lost");
  await until(async () =>
    (await oplog().catch(() => [])).some(({ entry }) => entry.type === "ExportedFunctionInvoked"),
  );
  await new Promise((done) => setTimeout(done, 300));
  await server.kill();
  expect(await call).toBe("lost");
  await server.start();
  const away = performance.now() - begun;
  const slept = await invoke("pause", [8000], "k");
  expect(slept).toBeGreaterThanOrEqual(7999);
  expect(slept).toBeLessThan(Math.max(8000, away) + 6000); // begun anew it would be 8 s after the second start
  await expectNoHole();
});

test("killed while calls are queued: none is lost, and each is made once", async () => {
  answer = (_, count, response) => {
    if (count > 1) response.end("late");
  };
  const first = invoke("ask-each", [[`${base}/slow`]], "k0");
  await until(() => seen.length === 1);
  const lost = Promise.allSettled([first, invoke("count", [], "k1"), invoke("count", [], "k2")]);
  await until(
    async () =>
      (await rest<{ pendingInvocationCount: number }>("GET", `/v1/components/${id}/workers/w`))
        .pendingInvocationCount === 2,
  );
  await server.kill();
  await lost;
  await server.start();
  await until(async () => (await status()) === "Idle"); // a call with the key of one that runs is made again, as on Golem
  expect(await invoke("ask-each", [[`${base}/slow`]], "k0")).toEqual(["late"]);
  expect([await invoke("count", [], "k1"), await invoke("count", [], "k2")].sort()).toEqual([1, 2]);
  expect(await invoke("count", [], "k3")).toBe(3);
  await expectNoHole();
});

test("killed again and again: the worker's memory comes back each time", async () => {
  for (let i = 1; i <= 4; i++) {
    expect(await invoke("count", [], `call ${i}`)).toBe(i);
    await server.kill();
    await server.start();
  }
  expect(await invoke("count", [], "call 4")).toBe(4); // answered before: not called again
  await expectNoHole();
});

test("killed during a call of an ephemeral component: its worker is gone after the start", async () => {
  answer = () => {};
  const form = new FormData();
  form.append("name", "fleeting");
  form.append("componentType", "Ephemeral");
  form.append("component", new Blob([wasm]), "component.wasm");
  const made = await rest<{ versionedComponentId: { componentId: string } }>("POST", "/v1/components", form);
  id = made.versionedComponentId.componentId;
  const workers = async () =>
    (await rest<{ workers: { workerId: { workerName: string } }[] }>("GET", `/v1/components/${id}/workers`)).workers;
  const call = invoke("ask-each", [[`${base}/slow`]], "k").catch(() => "lost");
  await until(() => seen.length === 1);
  expect(await workers()).toMatchObject([{ workerId: { workerName: expect.stringMatching(/^w\//) } }]);
  await server.kill();
  await call;
  await server.start();
  expect(await workers()).toEqual([]); // nobody could delete it: REST takes no name with a slash, as on Golem
});
