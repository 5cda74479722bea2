import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Minigolem, startMinigolem } from "../dist/index.js";
import { buildComposed, buildDummy, buildNet, buildThing } from "./wat/build.js";

let dataDir: string;
let golem: Minigolem;
let wasm: Uint8Array<ArrayBuffer>;
let id: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "minigolem-foreign-"));
  wasm = await buildThing();
  golem = await startMinigolem({ dataDir, time: "virtual" });
  id = JSON.parse((await upload("thing", wasm)).text).versionedComponentId.componentId;
});
afterAll(async () => {
  await golem.close();
  rmSync(dataDir, { recursive: true });
});

async function ask(method: string, path: string, body?: string | FormData) {
  const headers = typeof body === "string" ? { "content-type": "application/json" } : undefined;
  const response = await fetch(`${golem.url}/v1/components${path}`, { method, body, headers });
  return { status: response.status, text: await response.text() };
}

function upload(name: string, component: Uint8Array<ArrayBuffer>, path = "") {
  const form = new FormData();
  if (path === "") form.append("name", name);
  form.append("component", new Blob([component]), `${name}.wasm`);
  return ask("POST", path, form);
}

const call = (worker: string, name: string, params: string) =>
  ask("POST", `/${id}/workers/${worker}/invoke-and-await?function=test:wat/api.{${name}}`, `{"params":[${params}]}`);

/** The value that a function returns. */
async function invoke(worker: string, name: string, ...params: unknown[]) {
  const { status, text } = await call(
    worker,
    name,
    params.map((value) => `{"value":${typeof value === "bigint" ? value : JSON.stringify(value)}}`).join(),
  );
  if (status !== 200) throw new Error(text);
  return JSON.parse(text).result.value[0];
}

const metadata = async (worker: string) => JSON.parse((await ask("GET", `/${id}/workers/${worker}`)).text);
const recover = (worker: string) => ask("POST", `/${id}/workers/${worker}/interrupt?recovery-immediately=true`);
async function entries(worker: string): Promise<Record<string, unknown>[]> {
  const { text } = await ask("GET", `/${id}/workers/${worker}/oplog?count=1000`);
  return JSON.parse(text).entries.map(({ entry }: { entry: Record<string, unknown> }) => entry);
}
const halves = (component = id) => {
  const digits = component.replaceAll("-", "");
  return [BigInt(`0x${digits.slice(0, 16)}`), BigInt(`0x${digits.slice(16)}`)];
};

describe("what a program for WASI preview 1 asks for", () => {
  test("arguments and environment", async () => {
    await ask(
      "POST",
      `/${id}/workers`,
      JSON.stringify({ name: "env", args: ["one", "two words"], env: { COLOR: "ü" } }),
    );
    expect(await invoke("env", "words")).toBe("one\0two words\0");
    expect((await invoke("env", "environment")).split("\0").sort()).toEqual([
      "",
      "COLOR=ü",
      `GOLEM_COMPONENT_ID=${id}`,
      "GOLEM_COMPONENT_VERSION=0",
      "GOLEM_WORKER_NAME=env",
    ]);
  });

  test("who reads standard input traps", async () => {
    expect((await call("stdin", "stdin", "")).text).toContain("standard input is disabled");
  });
  test("what goes out is logged, once", async () => {
    await invoke("talker", "say", "hello\n");
    await recover("talker");
    expect(await invoke("talker", "nothing")).toBe(0);
    const logs = (await entries("talker")).filter(({ type }) => type === "Log");
    expect(logs).toMatchObject([
      { level: "Stdout", message: "hello\n" },
      { level: "Stderr", message: "hello\n" },
    ]);
  });

  test("random numbers and the time are what they were in a replay, which would fail otherwise", async () => {
    for (const name of ["random", "now"]) {
      expect(await invoke("dice", name)).not.toBe(await invoke("dice", name === "now" ? "random" : "now"));
    }
    await recover("dice");
    await invoke("dice", "random");
    expect(await metadata("dice")).toMatchObject({ retryCount: 0, lastError: null });
  });

  test("an exit is for good", async () => {
    expect((await call("leaver", "quit", '{"value":3}')).text).toContain("PreviousInvocationExited");
    expect(await metadata("leaver")).toMatchObject({ status: "Exited" });
    expect(await call("leaver", "nothing", "")).toMatchObject({ status: 500 });
  });

  test("a trap is retried, and fails it for good", async () => {
    await invoke("unlucky", "policy", 1, 0, 0, 1);
    expect((await call("unlucky", "fail", "")).text).toContain("wasm `unreachable` instruction executed");
    expect(await metadata("unlucky")).toMatchObject({ status: "Failed", retryCount: 2 });
  });
});

describe("a worker's own folder", () => {
  const notCapable = 63; // errno of preview 1 for `not-permitted`

  test("is its own, and is the same again after a recovery and a restart, times included", async () => {
    expect(await invoke("writer", "write", "note", "first")).toBe(0);
    expect(await invoke("reader", "read", "note")).toEqual({ err: 44 }); // no such file
    const modified = await invoke("writer", "modified", "note");
    expect(await invoke("writer", "write", "other", "second")).toBe(0);
    await recover("writer");
    expect(await invoke("writer", "read", "note")).toEqual({ ok: "first" });
    expect(await invoke("writer", "read", "other")).toEqual({ ok: "second" });
    expect(await invoke("writer", "modified", "note")).toBe(modified);

    await golem.close();
    golem = await startMinigolem({ dataDir, time: "virtual" });
    expect(await invoke("writer", "read", "note")).toEqual({ ok: "first" });
    expect(await invoke("writer", "modified", "note")).toBe(modified);
  });

  test("no path leads out of it", async () => {
    expect(await invoke("thief", "read", "../../minigolem.db")).toEqual({ err: notCapable });
    expect(await invoke("thief", "write", "../thief", "x")).toBe(notCapable);
    expect(await invoke("thief", "link", "/etc/passwd", "absolute")).toBe(notCapable);
    expect(await invoke("thief", "link", "../../minigolem.db", "away")).toBe(0);
    expect(await invoke("thief", "read", "away")).toEqual({ err: notCapable });
    expect(await invoke("thief", "write", "away", "x")).toBe(notCapable);
    expect(await invoke("thief", "link", "..", "up")).toBe(0);
    expect(await invoke("thief", "write", "up/thief", "x")).toBe(notCapable);
    expect(existsSync(join(dataDir, "files", "thief"))).toBe(false);
  });

  test("goes with it", async () => {
    const folders = () => readdirSync(join(dataDir, "files")).length;
    const before = folders();
    await invoke("passing", "write", "note", "x");
    expect(folders()).toBe(before + 1);
    await ask("DELETE", `/${id}/workers/passing`);
    expect(folders()).toBe(before);
  });
});

describe("resources", () => {
  test("are known by their handle until they are dropped, after a recovery too", async () => {
    const first = await invoke("shop", "counter.new", 1);
    const second = await invoke("shop", "[constructor]counter", 10);
    expect([first, second]).toEqual([`urn:worker:${id}/shop/0`, `urn:worker:${id}/shop/1`]);
    expect(await invoke("shop", "counter.add", first, 1)).toBe(2);
    expect(await invoke("shop", "[method]counter.add", second, 1)).toBe(11);
    expect(Object.keys((await metadata("shop")).ownedResources)).toEqual(["0", "1"]);

    await recover("shop");
    expect(await invoke("shop", "counter.add", first, 1)).toBe(3);
    await invoke("shop", "counter.drop", second);
    expect((await metadata("shop")).ownedResources).toEqual({
      "0": { createdAt: expect.any(String), indexed: null },
    });
    const { status, text } = await call("shop", "counter.add", `{"value":"${second}"},{"value":1}`);
    expect(status).toBe(500);
    expect(text).toContain(`there is no resource ${second}`);
    expect(await invoke("shop", "counter.add", first, 1)).toBe(4);

    const kinds = ["CreateResource", "DropResource", "Log"];
    expect((await entries("shop")).filter(({ type }) => kinds.includes(type as string))).toMatchObject([
      { type: "CreateResource", id: 0 },
      { type: "CreateResource", id: 1 },
      { type: "DropResource", id: 1 },
      { type: "Log", message: "gone\n" }, // its destructor
    ]);
  });

  test("of another worker, or none at all, are refused", async () => {
    const mine = await invoke("shop", "counter.new", 1);
    for (const [handle, message] of [
      [mine, "is no resource of this worker"],
      ["counter", "expected handle, represented by a worker-url/resource-id string"],
    ])
      expect((await call("stall", "counter.add", `{"value":"${handle}"},{"value":1}`)).text).toContain(message);
  });
});

describe("resources that are named by their constructor's arguments", () => {
  const owned = async () => (await metadata("index")).ownedResources;
  const counter = (start: number) => ({
    createdAt: expect.any(String),
    indexed: { resourceName: "counter", resourceParams: [`${start}`] },
  });
  const restart = async () => {
    await golem.close();
    golem = await startMinigolem({ dataDir, time: "virtual" });
  };

  test("are the same for the same arguments until they are dropped, after a crash and a restart too", async () => {
    const plain = await invoke("index", "counter.new", 1);
    expect(await invoke("index", "counter(1).add", 1)).toBe(2);
    expect(await invoke("index", "counter( 1 ).add", 1)).toBe(3);
    expect(await invoke("index", "counter(10).add", 1)).toBe(11);
    expect(await owned()).toEqual({
      0: { createdAt: expect.any(String), indexed: null },
      1: counter(1),
      2: counter(10),
    });

    await recover("index");
    expect(await invoke("index", "counter(1).add", 1)).toBe(4);
    await restart();
    expect(await owned()).toMatchObject({ 1: counter(1), 2: counter(10) });
    expect(await invoke("index", "counter(1).add", 1)).toBe(5);
    expect(await invoke("index", "counter.add", `urn:worker:${id}/index/1`, 1)).toBe(6);
    expect(await invoke("index", "counter.add", plain, 1)).toBe(2);

    expect((await call("index", "counter(1).drop", "")).status).toBe(200);
    expect(Object.keys(await owned())).toEqual(["0", "2"]);
    expect(await invoke("index", "counter(1).add", 1)).toBe(2);
    await restart();
    expect(await invoke("index", "counter(1).add", 1)).toBe(3);
    expect(await invoke("index", "counter(10).add", 1)).toBe(12);
    expect(await owned()).toMatchObject({ 2: counter(10), 3: counter(1) });

    await invoke("index", "counter.drop", `urn:worker:${id}/index/3`);
    expect(await invoke("index", "counter(1).add", 1)).toBe(2);

    const log = await entries("index");
    const about = (wanted: number) =>
      log.filter(({ type, id }) => `${type}`.endsWith("Resource") && id === wanted).map(({ type }) => type);
    expect(about(1)).toEqual(["CreateResource", "DescribeResource", "DropResource"]);
    expect(log.find(({ type }) => type === "DescribeResource")).toMatchObject({
      id: 1,
      resource_name: "counter",
      resource_params: [{ typ: { type: "U64" }, value: 1 }],
    });
    expect(log.some(({ type }) => type === "Error")).toBe(false);
  });

  test.each([
    ["counter(1, 2).add", 400, "Resource params count mismatch: counter expects 1, got 2"],
    ["counter().add", 400, "Resource params count mismatch: counter expects 1, got 0"],
    ['counter("one").add', 400, 'constructor parameter start: at character 1 of "one": expected a number'],
    ["counter(1 2).add", 400, "expected the end, found 2"],
    ["counter(-1).add", 400, "Cannot convert -1 to u64"],
    ["counter(1).new", 400, "use {counter.new}. A method makes the instance that it needs"],
    ["counter(1).take", 500, "could not load function [method]counter.take for interface test:wat/api"],
    ["shop(1).add", 500, "could not load function [method]shop.add"],
  ])("%s is refused with %i, and its worker takes other calls", async (name, wanted, message) => {
    const { status, text } = await call("refuser", name, '{"value":1}');
    const { errors = [], golemError } = JSON.parse(text);
    expect([status, golemError?.details ?? errors.join()]).toEqual([wanted, expect.stringContaining(message)]);
    expect(await invoke("refuser", "nothing")).toBe(0);
  });

  test("fail their worker when the method gets too few arguments, as on Golem", async () => {
    const { status, text } = await call("few", "counter(1).add", "");
    expect([status, text]).toEqual([
      500,
      expect.stringContaining("Parameter type mismatch: expected 2, got 1 parameters"),
    ]);
  });
});

describe("values", () => {
  const everything = `{
    "u8":255,"s8":-128,"u16":65535,"s16":-32768,"u32":4294967295,"s32":-2147483648,
    "u64":18446744073709551615,"s64":-9223372036854775808,"f32":0.5,"f64":1e+300,"bool":true,"char":128512,
    "text":"😀 \\"\\u0000","point":{"x":-0.25,"y":1.5,"name":null},"color":"deep-blue","rights":["read","run-all"],
    "shape":{"circle":2.5},"points":[{"x":0,"y":0,"name":"o"}],"maybe":null,"result":{"ok":18446744073709551615},
    "bare":{"err":null},"pair":[9223372036854775807,65]}`;
  const types = async () => {
    const { text } = await ask("GET", `/${id}/latest`);
    const echo = JSON.parse(text).metadata.exports[0].functions.find(({ name }: { name: string }) => name === "echo");
    return JSON.stringify(echo.parameters[0].typ);
  };
  const compact = everything.replace(/\n\s*/g, "").replace("1e+300", "1e+300");

  test.each([
    ["as they are", compact],
    ["an option within an option", compact.replace('"maybe":null', '"maybe":7')],
    [
      "the other cases",
      compact.replace('{"circle":2.5}', '{"none":null}').replace('{"ok":18446744073709551615}', '{"err":"no"}'),
    ],
    ["no flag, no item", compact.replace('["read","run-all"]', "[]").replace('[{"x":0,"y":0,"name":"o"}]', "[]")],
  ])("of every type come back exactly: %s", async (_, value) => {
    for (const parameter of [`{"value":[${value}]}`, `{"value":[${value}],"typ":${await types()}}`]) {
      const { status, text } = await call("mirror", "echo", parameter);
      expect(status, text).toBe(200);
      expect(text).toContain(`"value":[[${value}]]`);
    }
    await recover("mirror");
    expect((await entries("mirror")).some(({ type }) => type === "Error")).toBe(false);
  });

  test.each([
    ['"u8":255', '"u8":256', "value 256 is not within the range of 0 to 255"],
    ['"s8":-128', '"s8":1.5', "value 1.5 is not a whole number"],
    ['"u64":18446744073709551615', '"u64":18446744073709551616', "Cannot convert 18446744073709551616 to u64"],
    ['"u64":18446744073709551615', '"u64":-1', "Cannot convert -1 to u64"],
    ['"s64":-9223372036854775808', '"s64":-9223372036854775809', "not within the range"],
    ['"char":128512', '"char":55296', "surrogate"],
    ['"char":128512', '"char":"A"', "expected char, found string"],
    ['"bool":true', '"bool":1', "expected bool, found number"],
    ['"f64":1e+300', '"f64":"NaN"', "expected number, found string"],
    ['"color":"deep-blue"', '"color":"blue"', "Invalid input blue"],
    ['"rights":["read","run-all"]', '"rights":["fly"]', "Invalid input fly"],
    ['{"circle":2.5}', '{"star":1}', "Unknown key star in the variant"],
    ['"pair":[9223372036854775807,65]', '"pair":[1]', "not equal to the length of tuple"],
    ['"bare":{"err":null}', '"bare":{}', "Failed to retrieve either ok value or err value"],
    ['"text"', '"txet"', "key 'text' not found"],
  ])("that are wrong are refused with their place, and nothing is lost: %s is %s", async (good, bad, message) => {
    const { status, text } = await call("strict", "echo", `{"value":[${compact.replace(good, bad)}]}`);
    expect(status).toBe(500);
    expect(JSON.parse(text).golemError.details).toContain(message);
    expect(await invoke("strict", "nothing")).toBe(0);
  });
});

test("a policy that makes no sense does what it does on Golem, and nothing breaks", async () => {
  const max = 2n ** 64n - 1n;
  const policies: [string, unknown[], object][] = [
    ["huge", [4_294_967_295, max, max, 1e308], { max_attempts: 4_294_967_295, multiplier: 1e308 }],
    ["none", [0, 0, 0, 0], { max_attempts: 0, min_delay: "0s", max_delay: "0s" }],
    ["negative", [1, 1_000_000, 1_000_000, -1], { max_attempts: 1, multiplier: -1 }],
  ];
  for (const [worker, policy, expected] of policies) {
    await invoke(worker, "policy", ...policy);
    const set = (await entries(worker)).find(({ type }) => type === "ChangeRetryPolicy");
    expect(set).toMatchObject({ new_policy: expected });
  }
  for (const worker of ["none", "negative"]) {
    expect((await call(worker, "fail", "")).status).toBe(500);
    expect(await metadata(worker)).toMatchObject({ status: "Failed" });
  }
  for (const [name, value] of [
    ["max-attempts", 4_294_967_296n],
    ["min-delay", max + 1n],
  ] as const) {
    const params = [1n, 1n, 1n, 1n].map((other, i) => (i === (name === "max-attempts" ? 0 : 1) ? value : other));
    const { status, text } = await call("over", "policy", params.map((param) => `{"value":${param}}`).join());
    expect(status).toBe(500);
    expect(text).toContain(`Parameter ${name} has unexpected type`);
  }
});

describe("golem:api/host", () => {
  test("revert-worker takes another worker back", async () => {
    const counter = await invoke("reverted", "counter.new", 1);
    const index = (await entries("reverted")).length;
    await invoke("reverted", "counter.add", counter, 1);
    await invoke("reverter", "revert", ...halves(), "reverted", index);
    expect(await invoke("reverted", "counter.add", counter, 1)).toBe(2);
    await recover("reverter"); // replayed, not done again
    expect(await invoke("reverter", "nothing")).toBe(0);
    expect(await invoke("reverted", "counter.add", counter, 1)).toBe(3);
  });

  test("update-worker brings another to a version", async () => {
    const updated = await upload("thing", wasm, `/${id}/updates`);
    expect(updated.status).toBe(200);
    await invoke("old", "nothing");
    await ask("POST", `/${id}/workers`, JSON.stringify({ name: "updater", args: [], env: {} }));
    await invoke("updater", "update", ...halves(), "writer", 1);
    await invoke("writer", "nothing");
    expect(await metadata("writer")).toMatchObject({ componentVersion: 1, updates: [{ type: "successfulUpdate" }] });
  });

  test("of itself, or of nobody, is refused with a reason", async () => {
    for (const [name, self] of [
      ["revert", "fool"],
      ["update", "fool"],
      ["revert", "nobody"],
    ] as const) {
      const worker = self === "nobody" ? "loner" : `fool-${name}`;
      await invoke(worker, "policy", 0, 0, 0, 1);
      const target = self === "nobody" ? "nobody" : worker;
      const { text } = await call(worker, name, [...halves(), `"${target}"`, 1].map((v) => `{"value":${v}}`).join());
      expect(text).toContain(self === "nobody" ? "there is no worker nobody" : "cannot update or revert itself");
    }
  });

  test("get-workers finds by name", async () => {
    await invoke("needle", "nothing");
    expect(await invoke("seeker", "find", ...halves(), "needle")).toBe(1);
    expect(await invoke("seeker", "find", ...halves(), "haystack")).toBe(0);
  });

  test("get-workers gives all of a component, page by page", async () => {
    const many = JSON.parse((await upload("many", wasm)).text).versionedComponentId.componentId;
    expect(await invoke("seeker", "all", ...halves(many))).toBe(0);
    for (let i = 0; i < 105; i++) await ask("POST", `/${many}/workers`, `{"name":"w${i}","args":[],"env":{}}`);
    expect(await invoke("seeker", "all", ...halves(many))).toBe(105);
  });
});

describe("a component that asks for more than minigolem does", () => {
  let net: string;
  beforeAll(async () => {
    const { text, status } = await upload("net", await buildNet());
    expect(status, text).toBe(200);
    net = JSON.parse(text).versionedComponentId.componentId;
  });
  const run = async (worker: string, name: string) => {
    const path = `/${net}/workers/${worker}/invoke-and-await?function=test:wat/api.{${name}}`;
    return JSON.parse((await ask("POST", path, '{"params":[]}')).text).result?.value;
  };

  test.each(["tcp", "udp", "lookup"])("is denied %s, by the error of WASI, and a hazard says so", async (name) => {
    expect(await run(name, name)).toEqual([1]); // access-denied
    const { text } = await ask("GET", `/${net}/workers/${name}?hazards=true`);
    expect(JSON.parse(text)).toMatchObject({ lastError: null, hazards: [{ kind: "socket" }] });
  });

  test("its messages for wasi:logging are in the oplog, once, and on their way to who listens", async () => {
    await run("talker", "note");
    const socket = new WebSocket(`${golem.url.replace("http", "ws")}/v1/components/${net}/workers/talker/connect`);
    const told: unknown[] = [];
    socket.addEventListener("message", ({ data }) => told.push(JSON.parse(String(data))));
    await once(socket, "open");
    await run("talker", "note");
    await expect
      .poll(() => told)
      .toContainEqual({ Log: { timestamp: expect.any(String), level: "Warn", context: "local", message: "host" } });
    socket.close();
    await ask("POST", `/${net}/workers/talker/interrupt?recovery-immediately=true`);
    await run("talker", "note");
    const { text } = await ask("GET", `/${net}/workers/talker/oplog?count=1000`);
    const logs = JSON.parse(text).entries.filter(({ entry }: { entry: { type: string } }) => entry.type === "Log");
    expect(logs).toHaveLength(3);
    expect(logs[0].entry).toMatchObject({ level: "Warn", context: "local", message: "host" });
  });
});

test("a component within a component may stand in for its host", async () => {
  const { text, status } = await upload("composed", await buildComposed());
  expect(status, text).toBe(200);
  const composed = JSON.parse(text).versionedComponentId.componentId;
  const read = await ask(
    "POST",
    `/${composed}/workers/w/invoke-and-await?function=test:wat/composed.{read}`,
    `{"params":[]}`,
  );
  expect(JSON.parse(read.text).result.value).toEqual([42]);
});

describe("a component is refused at its upload, with the reason", () => {
  test.each([
    ["a function of its own making", "import helper: func();", "helper (all of it)"],
    ["an interface of its own making", "import helpers: interface { help: func(); }", "helpers (all of it)"],
    [
      "a part of Golem that came later",
      "import golem:api/host@1.1.7; } package golem:api@1.1.7 { interface host { fork: func(); get-oplog-index: func() -> u64; }",
      "golem:api/host@1.1.7.{fork}",
    ],
    [
      "a blob store",
      "import wasi:blobstore/blobstore; } package wasi:blobstore { interface blobstore { create-container: func(); }",
      "wasi:blobstore/blobstore (all of it)",
    ],
    [
      "a WASI that came later",
      "import wasi:random/random@0.3.0; } package wasi:random@0.3.0 { interface random { get-random-u64: func() -> u64; }",
      "wasi:random/random@0.3.0 (all of it)",
    ],
  ])("that imports %s", async (_, imports, missing) => {
    const { status, text } = await upload("more", await buildDummy(`package test:more; world more { ${imports} }`));
    expect(status).toBe(400);
    expect(text).toContain(`more imports what minigolem does not offer: ${missing}. It runs`);
    expect((await ask("GET", "?component-name=more")).text).toBe("[]");
  });

  test("that exports a name which is none in JavaScript", async () => {
    const dummy = await buildDummy("package test:named; world named { export api: interface { arguments: func(); } }");
    const { status, text } = await upload("named", dummy);
    expect(status).toBe(400);
    expect(text).toContain("named: jco cannot transpile the component: Unexpected eval or arguments");
  });

  test("that is cut off", async () => {
    for (const length of [0, 3, 100, wasm.length - 1])
      expect((await upload("cut", wasm.slice(0, length))).status).toBe(400);
  });
});
