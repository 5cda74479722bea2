import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { GolemClient, GolemError, type WitType } from "../src/index.js";
import { answering, type Exchange, recorded } from "./server.js";

const fn = (name: string, ...parameters: [string, WitType["type"]][]) => ({
  name,
  parameters: parameters.map(([name, type]) => ({ name, typ: { type } })),
  results: [],
});

/** The component of the recordings, as far as it is called here. */
const probe = {
  componentName: "probe",
  componentType: "Durable",
  componentSize: 1,
  createdAt: "2026-11-23T10:28:24.752Z",
  versionedComponentId: { componentId: "{probe}", version: 0 },
  metadata: {
    exports: [
      {
        type: "Instance",
        name: "probe:scenarios/api",
        functions: [
          fn("counter"),
          fn("log", ["text", "Str"]),
          fn("fetch-text", ["url", "Str"], ["path", "Str"]),
          fn("schedule", ["url", "Str"], ["path", "Str"], ["policy", "Str"]),
          fn("get-policy"),
          fn("wait", ["nanoseconds", "U64"]),
        ],
      },
      { type: "Instance", name: "probe:scenarios/other", functions: [fn("log", ["text", "Str"])] },
    ],
    memories: [],
    producers: [],
  },
};
const latest: Exchange = { method: "GET", path: "/v1/components/{probe}/latest", status: 200, answer: probe };

async function failure(act: () => Promise<unknown>): Promise<GolemError> {
  const error = await act().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(GolemError);
  return error as GolemError;
}

describe("recorded exchanges with Golem 1.2.0", () => {
  test("a function by its WIT name: found in the metadata, which is asked for once", async () => {
    const calls = recorded("counter").filter(({ value }) => value);
    await using server = await answering([latest, ...calls]);
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "counter-{run}");
    for (const { value } of calls) expect(await worker.invoke("counter")).toBe(value?.[0]);
    expect(calls.length).toBeGreaterThan(1);
    expect(server.left()).toEqual([]);
  });

  test("each invocation has a key of its own, or the one that it is given", async () => {
    const [first, again, other] = recorded("same-key-twice");
    await using server = await answering([latest, first as Exchange, again as Exchange, other as Exchange]);
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "same-key-twice-{run}");
    await worker.invoke("probe:scenarios/api.{counter}");
    await worker.invoke("counter");
    const idempotencyKey = "same-same-key-twice-{run}";
    expect(await worker.invokeWith({ idempotencyKey }, "probe:scenarios/api.{log}", "other function, same key")).toBe(
      1,
    );
    const keys = server.received.slice(1).map(({ headers }) => headers["idempotency-key"] as string);
    expect(keys[0]).toMatch(/^[\da-f-]{36}$/);
    expect(keys[1]).toMatch(/^[\da-f-]{36}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe(idempotencyKey);
  });

  test("a final failure tells what the component said, a revert makes the worker usable", async () => {
    await using server = await answering([latest, ...recorded("failed-worker-revert")]);
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "failed-worker-revert-{run}");
    expect(await worker.invoke("counter")).toBe(1);
    const error = await failure(() =>
      worker.invoke("schedule", "{upstream}", "text/failed-worker-revert-{run}/0", "0,0,0,1"),
    );
    expect(error).toMatchObject({ status: 500, type: "RuntimeError" });
    expect(error.details).toContain("schedule 0,0,0,1 after 200\n");
    expect(error.message).toMatch(
      /^schedule 0,0,0,1 after 200\n {4}at out\/probe\.js:133:11\nRuntimeError: wasm trap: .+ \(POST .+api\.\{schedule\}\)\nThe worker takes no more calls\. .+$/,
    );
    await worker.revert({ lastInvocations: 1 });
    expect(await worker.metadata()).toMatchObject({ status: "Idle", retryCount: 0, lastError: null });
    await worker.invoke("counter");
    await worker.invoke("get-policy");
    expect(server.left()).toEqual([]);
  });

  test("create: metadata, and what to do when there is one already", async () => {
    const calls = recorded("create-worker");
    await using server = await answering([...calls.slice(0, 3), latest, ...calls.slice(3)]);
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "create-worker-{run}");
    await worker.create();
    expect(await worker.metadata()).toMatchObject({ status: "Idle", env: {} });
    const error = await failure(() => worker.create());
    expect(error).toMatchObject({ status: 500, type: "WorkerAlreadyExists" });
    expect(error.message).toContain("Take it as it is, or delete it first.");
    await worker.invoke("counter");
    expect((await worker.metadata()).workerId.workerName).toBe("create-worker-{run}");
    expect(server.left()).toEqual([]);
  });

  test("a queued call is cancelled once", async () => {
    const cancels = recorded("queue-cancel").filter(({ method }) => method === "DELETE");
    await using server = await answering(cancels);
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "queue-cancel-{run}");
    await worker.cancel("cancel-queue-cancel-{run}");
    const error = await failure(() => worker.cancel("cancel-queue-cancel-{run}"));
    expect(error).toMatchObject({ status: 500, type: "InvalidRequest", details: "Invocation not found" });
    expect((await failure(() => worker.cancel("nobody-knows-it"))).type).toBe("InvalidRequest");
  });

  test("workers that a filter names", async () => {
    const [, , precise] = recorded("list-workers");
    const path =
      "/v1/components/{probe}/workers?filter=name = list-workers-{run}&filter=status = Idle&count=50&precise=true";
    const refused = "/v1/components/{probe}/workers?filter=nonsense&count=50&precise=true";
    await using server = await answering([
      { ...(precise as Exchange), path },
      { method: "GET", path: refused, status: 400, answer: { errors: ["Invalid filter: nonsense"] } },
    ]);
    const golem = new GolemClient({ url: server.url });
    const found = await golem.workers("{probe}", ["name = list-workers-{run}", "status = Idle"]);
    expect(found).toMatchObject([{ status: "Idle", workerId: { workerName: "list-workers-{run}" } }]);
    expect(await failure(() => golem.workers("{probe}", ["nonsense"]))).toMatchObject({
      type: "BadRequest",
      details: "Invalid filter: nonsense",
    });
  });

  test("a worker that is not there, a name that cannot be one", async () => {
    const [unknown] = recorded("metadata-unknown-worker");
    const [nameless] = recorded("worker-bad-names");
    await using server = await answering([unknown as Exchange, nameless as Exchange]);
    const golem = new GolemClient({ url: server.url });
    const error = await failure(() => golem.worker("{probe}", "metadata-unknown-worker-{run}").metadata());
    expect(error).toMatchObject({ status: 404, type: "WorkerNotFound" });
    expect(await failure(() => golem.worker("{probe}", "").create())).toMatchObject({
      status: 400,
      type: "BadRequest",
      details: "Invalid worker name: Worker name must be between 1 and 512 characters",
    });
  });

  test("a component that is not there, an answer that is no JSON", async () => {
    const calls = recorded("unknown-component");
    const at = (end: string) => calls.find(({ path }) => path.endsWith(end)) as Exchange;
    await using server = await answering([at("/latest"), at("/versions/0"), at("not-an-id")]);
    const { components } = new GolemClient({ url: server.url });
    const id = "5bc12597-d837-4e99-bbe3-02e8ec44a1ab";
    expect(await failure(() => components.latest(id))).toMatchObject({ status: 404, type: "ComponentNotFound" });
    expect(await failure(() => components.get(id, 0))).toMatchObject({ status: 404, type: "ComponentNotFound" });
    const error = await failure(() => components.versions("not-an-id"));
    expect(error).toMatchObject({ status: 400, type: "BadRequest" });
    expect(error.details).toContain("invalid character");
  });
});

describe("values", () => {
  const wait = "/v1/components/{probe}/workers/w/invoke-and-await?function=probe:scenarios/api.{wait}";

  test.each([
    [0n, 0],
    [9_007_199_254_740_991, 9_007_199_254_740_991],
    [9_007_199_254_740_993n, 9_007_199_254_740_993n],
    [18_446_744_073_709_551_615n, 18_446_744_073_709_551_615n],
  ])("u64 %s arrives as it is, and comes back as it is", async (value, back) => {
    await using server = await answering([
      latest,
      { method: "POST", path: wait, status: 200, answer: `{"result":{"typ":{},"value":[${value}]}}` },
    ]);
    server.anyBody();
    expect(await new GolemClient({ url: server.url }).worker("{probe}", "w").invoke("wait", value)).toBe(back);
    expect(server.received[1]?.body).toBe(`{"params":[{"typ":{"type":"U64"},"value":${value}}]}`);
  });

  test("no result is undefined, an option's none is null, a float stays a number", async () => {
    const path = "/v1/components/{probe}/workers/w/invoke-and-await?function=probe:scenarios/api.{counter}";
    const answer = (value: string) => `{"result":{"typ":{},"value":${value}}}`;
    const values = ["[]", "[null]", "[1.0]", "[1e300]", '[{"ok":[{"a-b":-9223372036854775808}]}]'];
    const calls = values.map((value) => ({ method: "POST", path, status: 200, answer: answer(value) }));
    await using server = await answering([latest, ...calls]);
    server.anyBody();
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "w");
    const found = [];
    for (const _ of values) found.push(await worker.invoke("counter"));
    expect(found).toEqual([undefined, null, 1, 1e300, { ok: [{ "a-b": -9_223_372_036_854_775_808n }] }]);
  });
});

describe("functions", () => {
  test.each([
    ["nope", [], "probe exports no function nope. It exports probe:scenarios/api.{counter}, "],
    [
      "log",
      ["x"],
      "log is exported by several interfaces of probe. Use one of probe:scenarios/api.{log}, probe:scenarios/other.{log}",
    ],
    [
      "fetch-text",
      ["x"],
      "probe:scenarios/api.{fetch-text} takes 2 parameters (url, path). The call passes 1: pass exactly these",
    ],
    ["counter", [1], "probe:scenarios/api.{counter} takes no parameters. The call passes 1: pass none"],
  ])("%s is refused before the server sees it", async (name, params, message) => {
    await using server = await answering([latest, latest]);
    const worker = new GolemClient({ url: server.url }).worker("{probe}", "w");
    await expect(worker.invoke(name, ...params)).rejects.toThrow(message);
    expect(server.received.filter(({ method }) => method !== "GET")).toEqual([]);
  });

  test("one that came with an update is found, though another client uploaded it", async () => {
    const path = "/v1/components/{probe}/workers/w/invoke-and-await?function=probe:scenarios/api.{counter}";
    const older = { ...probe, metadata: { ...probe.metadata, exports: [] } };
    const call = { method: "POST", path, status: 200, answer: { result: { typ: {}, value: [1] } } };
    await using server = await answering([{ ...latest, answer: older }, latest, { ...call, body: { params: [] } }]);
    expect(await new GolemClient({ url: server.url }).worker("{probe}", "w").invoke("counter")).toBe(1);
  });
});

test("an oplog is read to its last page", async () => {
  const path = "/v1/components/{probe}/workers/w/oplog?count=500";
  const entry = (oplogIndex: number) => ({
    oplogIndex,
    entry: { type: "NoOp", timestamp: "2026-11-23T10:28:24.752Z" },
  });
  const page = (entries: unknown[], next: unknown) => ({ entries, next, firstIndexInChunk: 1, lastIndex: 3 });
  const next = (next_oplog_index: number) => ({ next_oplog_index, current_component_version: 0 });
  await using server = await answering([
    { method: "GET", path, status: 200, answer: page([entry(1), entry(2)], next(3)) },
    { method: "GET", path: `${path}&cursor=3-0`, status: 200, answer: page([entry(3)], next(4)) },
    { method: "GET", path: `${path}&cursor=4-0`, status: 200, answer: page([], null) },
    { method: "GET", path: `${path}&from=3`, status: 200, answer: page([entry(3)], null) },
    { method: "GET", path: `${path}&query=error OR jump`, status: 200, answer: page([entry(2)], null) },
  ]);
  const worker = new GolemClient({ url: server.url }).worker("{probe}", "w");
  const indices = async (of: Parameters<typeof worker.oplog>[0]) => (await worker.oplog(of)).map((e) => e.oplogIndex);
  expect(await indices({})).toEqual([1, 2, 3]);
  expect(await indices({ from: 3 })).toEqual([3]);
  expect(await indices({ query: "error OR jump" })).toEqual([2]);
});

test("components are uploaded as a form, and found by name in their latest version", async () => {
  const version = (version: number) => ({ ...probe, versionedComponentId: { componentId: "{probe}", version } });
  const named = "/v1/components?component-name=probe";
  await using server = await answering([
    { method: "POST", path: "/v1/components", status: 200, answer: version(0) },
    { method: "POST", path: "/v1/components/{probe}/updates", status: 200, answer: version(1) },
    { method: "GET", path: named, status: 200, answer: [version(0), version(2), version(1)] },
    { method: "GET", path: "/v1/components?component-name=nobody", status: 200, answer: [] },
    { method: "GET", path: "/v1/components/{probe}/download?version=1", status: 200, answer: "\0asm" },
    { method: "POST", path: "/v1/components", status: 409, answer: { error: "Component already exists: {probe}" } },
  ]);
  server.anyBody();
  const { components } = new GolemClient({ url: server.url });
  const wasm = new TextEncoder().encode("\0asm");
  expect((await components.create("probe", { wasm, type: "Durable" })).versionedComponentId.version).toBe(0);
  expect((await components.update("{probe}", { wasm })).versionedComponentId.version).toBe(1);
  expect((await components.latest("{probe}")).versionedComponentId.version).toBe(1);
  expect((await components.find("probe"))?.versionedComponentId.version).toBe(2);
  expect(await components.find("nobody")).toBeUndefined();
  expect(await components.download("{probe}", 1)).toEqual(wasm);
  expect(await failure(() => components.create("probe", { wasm }))).toMatchObject({ type: "AlreadyExists" });
  const form = server.received[0]?.body as string;
  expect(form.replaceAll("\r", "").match(/(?<=form-data; ).*/g)).toEqual([
    'name="name"',
    'name="componentType"',
    'name="component"; filename="component.wasm"',
  ]);
  expect(form).toContain("\0asm");
});

describe("no server", () => {
  test("nothing listens there: the error says what to start", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((closed) => server.close(closed));
    const error = await failure(() => new GolemClient({ url }).worker("c", "w").metadata());
    expect(error).toMatchObject({ status: 0, type: "Unreachable" });
    expect(error.message).toContain(`no answer from ${url} (ECONNREFUSED): start a server there, with minigolem serve`);
  });

  test.each(["localhost:9881", "", "9881"])("%j is no URL", (url) => {
    expect(() => new GolemClient({ url })).toThrow(/expected something like http:\/\/127.0.0.1:9881/);
  });

  test("a worker that retries or has failed takes no calls: the error says the ways out", async () => {
    const path = "/v1/components/{probe}/workers/w/resume";
    const answer = { golemError: { type: "PreviousInvocationFailed", details: "upstream said 503" } };
    await using server = await answering([{ method: "POST", path, status: 500, answer }]);
    const error = await failure(() => new GolemClient({ url: server.url }).worker("{probe}", "w").resume());
    expect(error.message).toMatch(
      /^upstream said 503\nPreviousInvocationFailed \(POST .+\)\nThe worker has failed, or waits for a retry/,
    );
  });
});
