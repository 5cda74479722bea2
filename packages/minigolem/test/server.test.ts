import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine, type Engine } from "../dist/engine.js";
import { listen, type Server } from "../dist/rest/server.js";

/** A component without imports and exports: it cannot be called, everything else can be done with it and its workers. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
const nobody = "5bc12597-d837-4e99-bbe3-02e8ec44a1ab";

let dataDir: string;
let engine: Engine;
let server: Server;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "minigolem-server-"));
  engine = await createEngine({ dataDir, cacheDir: join(dataDir, "cache"), time: "virtual" });
  server = await listen(engine, { host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await server.close();
  await engine.close();
  rmSync(dataDir, { recursive: true });
});

async function ask(method: string, path: string, body?: unknown) {
  const json = body === undefined || body instanceof FormData || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(server.url + path, {
    method,
    body: json as FormData | string | undefined,
    headers: json === undefined || json instanceof FormData ? {} : { "content-type": "application/json" },
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, answer: isJson ? JSON.parse(text) : text };
}

function form(fields: { name?: string; component?: Uint8Array<ArrayBuffer>; componentType?: string; files?: string }) {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string" && name !== "files") made.append(name, value);
    else made.append(name, new Blob([value]), name);
  }
  return made;
}

let names = 0;
async function deploy(): Promise<{ id: string; name: string }> {
  const name = `empty-${++names}`;
  const { answer } = await ask("POST", "/v1/components", form({ name, component: empty }));
  return { id: answer.versionedComponentId.componentId, name };
}

async function worker(env: Record<string, string> = {}, name = "w") {
  const { id } = await deploy();
  const { answer } = await ask("POST", `/v1/components/${id}/workers`, { name, args: [], env });
  expect(answer).toEqual({ workerId: { componentId: id, workerName: name }, componentVersion: 0 });
  return `/v1/components/${id}/workers/${name}`;
}

describe("components", () => {
  test("are made, listed, found by name, updated and downloaded", async () => {
    const { id, name } = await deploy();
    const { answer } = await ask("GET", `/v1/components/${id}/latest`);
    expect(answer).toMatchObject({
      versionedComponentId: { componentId: id, version: 0 },
      componentName: name,
      componentSize: 8,
      componentType: "Durable",
      createdAt: expect.stringMatching(/\+00:00$/),
      metadata: { exports: [], dynamicLinking: {} },
      files: [],
      installedPlugins: [],
    });
    expect((await ask("POST", `/v1/components/${id}/updates`, form({ component: empty }))).answer).toMatchObject({
      versionedComponentId: { version: 1 },
    });
    const put = await fetch(`${server.url}/v1/components/${id}/upload?component_type=Ephemeral`, {
      method: "PUT",
      body: empty,
      headers: { "content-type": "application/octet-stream" },
    });
    expect(await put.json()).toMatchObject({ versionedComponentId: { version: 2 }, componentType: "Ephemeral" });
    const versions = async (path: string) =>
      (await ask("GET", path)).answer.map(
        (c: { versionedComponentId: { version: number } }) => c.versionedComponentId.version,
      );
    expect(await versions(`/v1/components?component-name=${name}`)).toEqual([0, 1, 2]);
    expect(await versions(`/v1/components/${id}`)).toEqual([0, 1, 2]);
    const download = await fetch(`${server.url}/v1/components/${id}/download?version=1`);
    expect(download.headers.get("content-type")).toBe("application/octet-stream");
    expect(new Uint8Array(await download.arrayBuffer())).toEqual(empty);
  });

  test("of one name are made once", async () => {
    const { name, id } = await deploy();
    expect(await ask("POST", "/v1/components", form({ name, component: empty }))).toEqual({
      status: 409,
      answer: { error: `Component already exists: ${id}` },
    });
  });

  test("are components", async () => {
    const text = new TextEncoder().encode("this is no component");
    expect(await ask("POST", "/v1/components", form({ name: "text", component: text }))).toEqual({
      status: 400,
      answer: { errors: [expect.stringContaining("bad magic number")] },
    });
    const cut = empty.slice(0, 6);
    expect((await ask("POST", "/v1/components", form({ name: "cut", component: cut }))).status).toBe(400);
  });

  test.each([
    [form({ component: empty }), "field `name` is required"],
    [form({ name: "nothing" }), "field `component` is required"],
    [form({ name: "odd", component: empty, componentType: "Eternal" }), 'found "Eternal"'],
    [form({ name: "filed", component: empty, files: "…" }), "no initial files"],
    [{ name: "json" }, "multipart/form-data"],
  ])("an upload that lacks something is refused (%#)", async (body, message) => {
    const { status, answer } = await ask("POST", "/v1/components", body);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toContain(message.replaceAll('"', '\\"'));
  });

  test("that are unknown", async () => {
    const missing = { status: 404, answer: { error: "Component not found" } };
    expect(await ask("GET", `/v1/components/${nobody}/latest`)).toEqual(missing);
    expect(await ask("GET", `/v1/components/${nobody}/versions/0`)).toEqual(missing);
    expect(await ask("GET", `/v1/components/${nobody}/download`)).toEqual(missing);
    expect(await ask("POST", `/v1/components/${nobody}/updates`, form({ component: empty }))).toEqual(missing);
    expect(await ask("GET", `/v1/components/${nobody}`)).toEqual({ status: 200, answer: [] });
    expect(await ask("POST", `/v1/components/${nobody}/workers`, { name: "w", args: [], env: {} })).toEqual({
      status: 404,
      answer: { error: `Couldn't retrieve the component: ${nobody}. error: Not found: Component not found` },
    });
    const call = await ask("POST", `/v1/components/${nobody}/workers/w/invoke-and-await?function=f`, { params: [] });
    expect(call).toMatchObject({ status: 500, answer: { golemError: { type: "GetLatestVersionOfComponentFailed" } } });
    expect(await ask("GET", "/v1/components/not-an-id")).toEqual({
      status: 400,
      answer: 'failed to parse path `component_id`: "not-an-id" is no UUID',
    });
  });
});

describe("workers", () => {
  test("tell their metadata", async () => {
    const path = await worker({ A: "1" });
    const { status, answer } = await ask("GET", path);
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      args: [],
      env: { A: "1" },
      status: "Idle",
      componentVersion: 0,
      retryCount: 0,
      pendingInvocationCount: 0,
      updates: [],
      lastError: null,
      componentSize: 8,
      totalLinearMemorySize: 0,
      ownedResources: {},
      activePlugins: [],
      createdAt: expect.stringMatching(/Z$/),
    });
  });

  test("are made once, and deleted as often as one likes", async () => {
    const path = await worker();
    const [, , , componentId] = path.split("/");
    const again = await ask("POST", path.replace(/\/w$/, ""), { name: "w", args: [], env: {} });
    expect(again).toEqual({
      status: 500,
      answer: { golemError: { type: "WorkerAlreadyExists", workerId: { componentId, workerName: "w" } } },
    });
    expect(await ask("DELETE", path)).toEqual({ status: 200, answer: {} });
    expect(await ask("DELETE", path)).toEqual({ status: 200, answer: {} });
    const missing = { status: 404, answer: { error: `Worker not found: ${componentId}/w` } };
    for (const [method, where] of [
      ["GET", path],
      ["POST", `${path}/interrupt`],
      ["POST", `${path}/resume`],
      ["DELETE", `${path}/invocations/k`],
    ] as const)
      expect(await ask(method, where)).toEqual(missing);
    expect(await ask("GET", `${path}/oplog?count=1`)).toEqual({
      status: 200,
      answer: { entries: [], next: null, firstIndexInChunk: 1, lastIndex: 0 },
    });
  });

  test.each([
    ["", "between 1 and 512 characters"],
    ["x".repeat(513), "between 1 and 512 characters"],
    ["with space", "not contain whitespaces"],
    ["with/slash", "not contain '/'"],
    ["-w", "not start with '-'"],
  ])("are not called what Golem does not take (%#)", async (name, why) => {
    const { id } = await deploy();
    const { status, answer } = await ask("POST", `/v1/components/${id}/workers`, { name, args: [], env: {} });
    expect(status).toBe(400);
    expect(answer.errors).toEqual([`Invalid worker name: Worker name must ${expectedEnd(why)}`]);
  });
  const expectedEnd = (why: string) => (why.startsWith("between") ? `be ${why}` : why);

  test("are found by filters, page by page", async () => {
    const { id } = await deploy();
    const path = `/v1/components/${id}/workers`;
    for (const [name, place] of [
      ["a-1", "north"],
      ["a-2", "south"],
      ["b-1", "north"],
    ])
      await ask("POST", path, { name, args: [], env: { PLACE: place } });
    type Page = { workers: { workerId: { workerName: string } }[]; cursor: { cursor: number; layer: number } | null };
    const found = ({ workers }: Page) => workers.map((w) => w.workerId.workerName);
    const list = async (query: string): Promise<Page> => (await ask("GET", `${path}?${query}`)).answer;
    const filter = (...texts: string[]) => texts.map((text) => `filter=${encodeURIComponent(text)}`).join("&");

    expect(found(await list(filter("name like a-")))).toEqual(["a-1", "a-2"]);
    expect(found(await list(filter("name like a-", "env.place = north")))).toEqual(["a-1"]);
    expect(found(await list(filter("status != idle")))).toEqual([]);
    expect(found(await list(filter("version >= 0", "created_at > 2020-01-01T00:00:00Z")))).toEqual([
      "a-1",
      "a-2",
      "b-1",
    ]);
    const first = await list("count=2&precise=true");
    expect(found(first)).toEqual(["a-1", "a-2"]);
    expect(first.cursor).toEqual({ cursor: 2, layer: 0 });
    const second = await list("count=2&cursor=0/2");
    expect(found(second)).toEqual(["b-1"]);
    expect(second.cursor).toBeNull();

    const name = (value: string) => ({ type: "Name", comparator: "Equal", value });
    const either = {
      type: "Or",
      filters: [name("a-1"), { type: "Not", filter: { type: "Name", comparator: "Like", value: "a" } }],
    };
    expect(found((await ask("POST", `${path}/find`, { filter: either, count: 10, precise: true })).answer)).toEqual([
      "a-1",
      "b-1",
    ]);

    for (const wrong of ["nonsense", "name ~ x", "version = x", "status = Asleep", "name = x y"])
      expect(await ask("GET", `${path}?${filter(wrong)}`)).toEqual({
        status: 400,
        answer: { errors: [`Invalid filter: ${wrong}`] },
      });
  });

  test("give their oplog page by page, and search it", async () => {
    const path = `${await worker()}/oplog`;
    const { answer } = await ask("GET", `${path}?count=50`);
    expect(answer).toMatchObject({
      entries: [{ oplogIndex: 1, entry: { type: "Create" } }],
      next: { next_oplog_index: 2, current_component_version: 0 },
      firstIndexInChunk: 1,
      lastIndex: 1,
    });
    const end = { entries: [], next: null, lastIndex: 1 };
    expect((await ask("GET", `${path}?count=50&cursor=2-0`)).answer).toEqual({ ...end, firstIndexInChunk: 2 });
    expect((await ask("GET", `${path}?count=5&from=100000`)).answer).toEqual({ ...end, firstIndexInChunk: 100000 });
    expect((await ask("GET", `${path}?count=5&query=create`)).answer).toEqual(answer);
    expect((await ask("GET", `${path}?count=5&query=nothing-like-this`)).answer).toEqual({
      ...end,
      firstIndexInChunk: 1,
    });
    expect(await ask("GET", `${path}?count=5&from=1&query=x`)).toEqual({
      status: 400,
      answer: { errors: ["Cannot specify both the 'from' and the 'query' parameters"] },
    });
    expect((await ask("GET", `${path}?count=5&query=(`)).answer.errors[0]).toContain("is no query of the oplog");
    expect((await ask("GET", path)).answer).toContain("failed to parse parameter `count`");
    expect((await ask("GET", `${path}?count=-1`)).answer).toContain("failed to parse parameter `count`");
    expect((await ask("GET", `${path}?count=5&cursor=nonsense`)).answer).toContain("Invalid oplog cursor");
  });

  test("refuse what cannot be done with them", async () => {
    const path = await worker();
    const invalid = (details: string) => ({
      status: 500,
      answer: { golemError: { type: "InvalidRequest", details: expect.stringContaining(details) } },
    });
    const invoke = (name: string) =>
      ask("POST", `${path}/invoke-and-await?function=${encodeURIComponent(name)}`, { params: [] });
    expect(await invoke("demo:x/api.{nope}")).toEqual(invalid("could not load function nope for interface demo:x/api"));
    expect(await invoke("nope")).toEqual(invalid("could not load function nope"));
    expect(await invoke("((")).toEqual(invalid("Invalid function name: Parse error at line: 1, column: 1"));
    expect(await ask("DELETE", `${path}/invocations/k`)).toEqual(invalid("Invocation not found"));
    expect(await ask("POST", `${path}/complete`, { oplogIdx: 7, data: [1] })).toEqual(invalid("no promise 7"));
    expect((await ask("POST", `${path}/update`, { mode: "Manual", targetVersion: 1 })).status).toBe(501);
    expect((await ask("POST", `${path}/revert`, { type: "nonsense" })).status).toBe(400);
    expect((await ask("POST", `${path}/interrupt?recovery-immediately=maybe`)).status).toBe(400);
  });
});

describe("a request", () => {
  test.each([
    ["{", "parse request payload error"],
    ["", "expected object"],
    ["{}", 'occurred while parsing "InvokeParameters"'],
    ['{"params":{}}', "expected array"],
    ["[".repeat(200_000), "parse request payload error"],
  ])("with unfit JSON is refused (%#)", async (text, message) => {
    const path = await worker();
    const { status, answer } = await ask("POST", `${path}/invoke?function=f`, text);
    expect(status).toBe(400);
    expect(answer).toContain(message);
  });

  test("needs the name of the function", async () => {
    const path = await worker();
    expect(await ask("POST", `${path}/invoke-and-await`, { params: [] })).toEqual({
      status: 400,
      answer: 'failed to parse parameter `function`: Type "string" expects an input value.',
    });
  });

  test("that is too large says so", async () => {
    const { status, answer } = await ask("POST", `${await worker()}/invoke?function=f`, `"${"x".repeat(16 << 20)}"`);
    expect(status).toBe(413);
    expect(answer).toContain("too large");
  });

  test("of another kind than JSON is refused", async () => {
    const response = await fetch(`${server.url}${await worker()}/invoke?function=f`, { method: "POST", body: "{}" });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain("application/json");
  });

  test("for what only a Golem server offers names it", async () => {
    expect(await ask("GET", "/v1/plugins?scope=x")).toEqual({
      status: 501,
      answer: { error: "minigolem does not offer plugins: GET /v1/plugins needs a Golem server" },
    });
    expect((await ask("GET", "/v1/api/definitions")).answer.error).toContain("the API gateway");
    expect(await ask("GET", "/v1/nothing")).toEqual({ status: 404, answer: "not found" });
    expect(await ask("PATCH", "/v1/components")).toEqual({ status: 405, answer: "method not allowed" });
  });
});

describe("the connection", () => {
  test("tells what a worker does until it is deleted", async () => {
    const path = await worker();
    const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}/connect`);
    const events: string[] = [];
    socket.addEventListener("message", ({ data }) => events.push(data as string));
    const closed = new Promise<void>((done) => socket.addEventListener("close", () => done()));
    await new Promise<void>((done) => socket.addEventListener("open", () => done()));
    await ask("DELETE", path);
    await closed;
    expect(events).toEqual(['"Close"']);
  });
});

describe("an address", () => {
  test("that is in use is named", async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const { port } = other.address() as AddressInfo;
    await expect(listen(engine, { host: "127.0.0.1", port })).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
    other.close();
  });

  test("of another machine is refused", async () => {
    await expect(listen(engine, { host: "192.0.2.1", port: 0 })).rejects.toThrow("is no address of this machine");
  });
});
