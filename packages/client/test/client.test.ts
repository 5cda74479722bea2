import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { type Minigolem, startMinigolem } from "minigolem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GolemClient, GolemError, type WitType } from "../src/index.js";
import { mismatches } from "../src/mismatch.js";

const component = (file: string) => fileURLToPath(new URL(`../../minigolem/test/component/${file}`, import.meta.url));
const wasm = readFileSync(component("dist/component.wasm"));

let engine: Minigolem;
let golem: GolemClient;
let id: string;
let workers = 0;
const worker = (name = `w${++workers}`) => golem.worker(id, name);

beforeAll(async () => {
  engine = await startMinigolem({ time: "virtual" });
  golem = new GolemClient({ url: `${engine.url}/` });
  id = (await golem.components.create("survivor", { wasm })).versionedComponentId.componentId;
}, 60_000);
afterAll(() => engine.close());

describe("components", () => {
  test("are created, found, updated, listed and downloaded", async () => {
    const made = await golem.components.create("another", { wasm, type: "Ephemeral" });
    const own = made.versionedComponentId.componentId;
    expect(made).toMatchObject({
      componentName: "another",
      componentType: "Ephemeral",
      versionedComponentId: { version: 0 },
    });
    expect((await golem.components.update(own, { wasm })).versionedComponentId.version).toBe(1);
    expect((await golem.components.find("another"))?.versionedComponentId).toEqual({ componentId: own, version: 1 });
    expect(await golem.components.find("nobody")).toBeUndefined();
    expect((await golem.components.get(own, 0)).versionedComponentId.version).toBe(0);
    expect(await golem.components.versions(own)).toHaveLength(2);
    expect(Buffer.compare(await golem.components.download(own), wasm)).toBe(0);
  });

  test("a name in use, and a file that is none, are refused", async () => {
    await expect(golem.components.create("survivor", { wasm })).rejects.toMatchObject({
      status: 409,
      type: "AlreadyExists",
    });
    const upload = golem.components.create("letter", { wasm: new TextEncoder().encode("dear aunt") });
    await expect(upload).rejects.toMatchObject({ status: 400, message: expect.stringContaining("magic") });
  });
});

describe("invocations", () => {
  test("by short and by full name", async () => {
    const one = worker();
    expect(await one.invoke("count")).toBe(1);
    expect(await one.invoke("test:survivor-exports/api.{count}")).toBe(2);
  });

  test("u64 are exact both ways, options may be none", async () => {
    const numbers = [0, 2 ** 53, 2n ** 53n + 1n, 2n ** 64n - 1n];
    expect(await worker().invoke("echo", numbers, null)).toEqual([
      [0, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n],
      null,
    ]);
    expect(await worker().invoke("echo", [1], "text")).toEqual([[1], "text"]);
  });

  test("an err is a value", async () => {
    expect(await worker().invoke("fail", "no")).toEqual({ err: "no" });
  });

  test("with one idempotency key happen once", async () => {
    const one = worker();
    const options = { idempotencyKey: "mine" };
    expect(await one.invokeWith(options, "count")).toBe(1);
    expect(await one.invokeWith(options, "count")).toBe(1);
    expect(await one.invoke("count")).toBe(2);
  });

  test("without waiting give a key for the result", async () => {
    const one = worker();
    const idempotencyKey = await one.invokeAsync("pause", 60_000);
    expect(await one.invokeWith({ idempotencyKey }, "pause", 60_000)).toBe(60_000);
  });

  test("of something that is missing say what exists", async () => {
    await expect(worker().invoke("coutn")).rejects.toThrow(
      /exports no function coutn\. Did you mean "count"\? It exports .*api\.\{count\}/,
    );
    await expect(worker().invoke("askAll", [], 0)).rejects.toThrow('Did you mean "ask-all"?');
    await expect(worker().invoke("nothing")).rejects.toThrow(/exports no function nothing\. It exports/);
    await expect(worker().invoke("test:survivor-exports/api.{coutn}")).rejects.toMatchObject({
      type: "InvalidRequest",
    });
  });

  test("with too few or too many parameters are not sent", async () => {
    await expect(worker().invoke("pause")).rejects.toThrow(
      "takes 1 parameter (ms). The call passes 0: pass exactly these",
    );
    await expect(worker().invoke("count", 1)).rejects.toThrow("takes no parameters. The call passes 1: pass none");
  });
});

test("a parameter of another type is named, with its place", async () => {
  await expect(worker().invoke("pause", "soon")).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/BadRequest: .*\nparameter ms is "soon"\. Use u\d+\.$/),
  });
  await expect(worker().invoke("ask-each", ["one", 2])).rejects.toThrow(/parameter urls\[1\] is 2\. Use a string\./);
});

describe("what a parameter has in place of its type", () => {
  const record: WitType = {
    type: "Record",
    fields: [
      { name: "order-id", typ: { type: "Str" } },
      { name: "total", typ: { type: "U32" } },
      { name: "note", typ: { type: "Option", inner: { type: "Str" } } },
    ],
  };
  const state: WitType = { type: "Enum", cases: ["open", "paid"] };
  const event: WitType = {
    type: "Variant",
    cases: [
      { name: "moved", typ: { type: "Tuple", items: [{ type: "F64" }, { type: "Bool" }] } },
      { name: "gone", typ: null },
    ],
  };
  test.each<[WitType, unknown, string[]]>([
    [record, { "order-id": "7", total: 1 }, []],
    [record, { "order-id": "7", total: 2n, note: null }, []],
    [
      record,
      { orderId: "7", total: 1 },
      ["parameter p.order-id is missing.", 'parameter p has no field "orderId". Did you mean "order-id"?'],
    ],
    [
      record,
      { "order-id": 7, total: -1 },
      ["parameter p.order-id is 7. Use a string.", "parameter p.total is -1. Use u32."],
    ],
    [
      record,
      { "order-id": "7", total: 1, colour: 1 },
      ['parameter p has no field "colour". It has order-id, total, note.'],
    ],
    [record, [], ["parameter p is []. Use an object."]],
    [{ type: "List", inner: record }, [{ "order-id": "7" }], ["parameter p[0].total is missing."]],
    [{ type: "List", inner: record }, null, ["parameter p is null. Use an array."]],
    [state, "paied", ['parameter p is "paied". Did you mean "paid"?']],
    [state, 1, ["parameter p is 1. Use one of open, paid."]],
    [event, { gone: null }, []],
    [event, { gone: 1 }, ["parameter p.gone is 1. Use null."]],
    [event, { moved: ["x", true] }, ['parameter p.moved[0] is "x". Use a number.']],
    [event, { moved: [1] }, ["parameter p.moved is [1]. Use an array of 2."]],
    [event, "gone", ['parameter p is "gone". Use { "case": value }.']],
    [event, { left: null }, ['parameter p is "left". Use one of moved, gone.']],
    [{ type: "Flags", names: ["read", "write"] }, ["raed"], ['parameter p is "raed". Did you mean "read"?']],
    [{ type: "S8" }, 128, ["parameter p is 128. Use s8."]],
    [{ type: "U64" }, 2n ** 64n - 1n, []],
    [{ type: "U8" }, 1.5, ["parameter p is 1.5. Use u8."]],
    [{ type: "Chr" }, "a", ['parameter p is "a". Use a character as its code point, a number.']],
    [{ type: "Bool" }, 0, ["parameter p is 0. Use a boolean."]],
  ])("case %#", (typ, value, said) => {
    expect(mismatches([{ name: "p", typ }], [value])).toEqual(said);
  });
});

describe("a worker", () => {
  test("has arguments, environment, status, and a name that needs care", async () => {
    const one = worker("name:with=odd&characters?#%");
    await one.create({ args: ["a b"], env: { KEY: "value" } });
    expect(await one.metadata()).toMatchObject({ args: ["a b"], env: { KEY: "value" }, status: "Idle", hazards: [] });
    await expect(one.create()).rejects.toMatchObject({
      type: "WorkerAlreadyExists",
      message: expect.stringContaining("delete it first"),
    });
  });

  test("that failed refuses calls, says why, and takes them after a revert", async () => {
    const one = worker();
    const broken = createHttpServer((_, response) => void response.writeHead(503).end()).listen(0, "127.0.0.1");
    await new Promise((done) => broken.once("listening", done));
    const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}/`;
    const error = await one.invoke("ask-each", [url]).catch((thrown: GolemError) => thrown as GolemError);
    expect(error).toMatchObject({ status: 500, type: "RuntimeError" });
    const lines = (error as GolemError).message.split("\n");
    expect(lines[0]).toBe(`${url} said 503`);
    const source = readFileSync(component("src/main.ts"), "utf8").split("\n");
    const thrown = source.findIndex((line) => line.includes("if (!response.ok) throw")) + 1;
    expect(lines[1]).toMatch(new RegExp(`^ {4}at src/main\\.ts:${thrown}:\\d+$`));
    expect(lines.at(-2)).toMatch(/^RuntimeError: wasm trap: .+ \(POST .+ask-each\}\)$/);
    expect(lines.at(-1)).toBe("The worker takes no more calls. Correct the cause, then revert or delete the worker.");
    expect((error as GolemError).message).not.toMatch(/<wasm function|mozalloc/);
    expect((error as GolemError).details).toContain("<wasm function");
    const stranger = new GolemClient({ url: engine.url }).worker(id, one.name); // it has not seen the .wasm
    expect(await stranger.failure()).toEqual((error as GolemError).failure);
    broken.close();
    expect(await one.metadata()).toMatchObject({ status: "Failed", retryCount: 4 });
    await expect(one.invoke("count")).rejects.toThrow(/PreviousInvocationFailed[\s\S]*revert, update or delete it/);
    await one.revert({ lastInvocations: 1 });
    expect(await one.failure()).toBeUndefined();
    expect(await one.invoke("count")).toBe(1);
  });

  test("has an oplog of many pages, from an index on, and searched", async () => {
    const one = worker();
    for (let i = 0; i < 60; i++) await one.invoke("count");
    const entries = await one.oplog();
    expect(entries.length).toBeGreaterThan(500);
    expect(entries.map(({ oplogIndex }) => oplogIndex)).toEqual(entries.map((_, i) => i + 1));
    expect((await one.oplog({ from: 501 }))[0]?.oplogIndex).toBe(501);
    expect(await one.oplog({ query: "exported-function-completed" })).toHaveLength(60);
  });

  test("is crashed, interrupted while it sleeps, resumed, updated, deleted", async () => {
    const one = worker();
    expect(await one.invoke("count")).toBe(1);
    await one.crash();
    expect(await one.invoke("count")).toBe(2);
    await golem.components.update(id, { wasm });
    await one.update(1);
    expect(await one.invoke("count")).toBe(3);
    expect(await one.metadata()).toMatchObject({ componentVersion: 1 });
    await one.resume();
    await one.delete();
    await expect(one.metadata()).rejects.toMatchObject({ status: 404, type: "WorkerNotFound" });
  });

  test("gives up a call that is queued", async () => {
    const one = worker();
    engine.time?.hold();
    try {
      const sleep = one.invokeAsync("pause", 60_000);
      await sleep;
      const key = await one.invokeAsync("count");
      await one.cancel(key);
      await expect(one.cancel(key)).rejects.toMatchObject({ type: "InvalidRequest" });
    } finally {
      engine.time?.release();
    }
  });
});

test("workers are listed over pages, and filtered", async () => {
  const { versionedComponentId } = await golem.components.create("many", { wasm });
  for (let i = 0; i < 60; i++) await golem.worker(versionedComponentId.componentId, `many-${i}`).create();
  expect(await golem.workers(versionedComponentId.componentId)).toHaveLength(60);
  expect(await golem.workers(versionedComponentId.componentId, ["name = many-7"])).toHaveLength(1);
  await expect(golem.workers(versionedComponentId.componentId, ["nonsense"])).rejects.toThrow(
    "Invalid filter: nonsense",
  );
});

test("where nobody listens: says so, and what to do", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => free.once("listening", done));
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));
  const lost = await new GolemClient({ url: `http://127.0.0.1:${port}` }).components.list().catch((error) => error);
  expect(lost).toBeInstanceOf(GolemError);
  expect(lost).toMatchObject({ status: 0, type: "Unreachable" });
  expect(lost.message).toMatch(/ECONNREFUSED.*start a server there/);
});

test.each(["", "localhost:9881", "ftp://example.org"])("%j is no URL of a server", (url) => {
  expect(() => new GolemClient({ url })).toThrow(/expected something like http:\/\/127.0.0.1:9881/);
});
