import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Golem, own, type Reply, startGolem } from "./golem.js";

// A request that gets no answer leaves a gap in the history, and a recovery of the worker begins at a gap.

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

type Worker = ReturnType<Golem["worker"]>;

const policy = JSON.stringify({ retries: 2, minDelay: "100ms", maxDelay: "100ms", multiplier: 1 });
const all = (reply: Reply): Reply[] => Array(9).fill(reply);
const caught = '{"exhausted":"throw"}';
const soon = (options: object) => JSON.stringify({ timeout: "200ms", ...options });

/** Calls it, then lets the worker recover twice while the service answers: nothing may be asked or answered again. */
async function stays(worker: Worker, name: string, ...params: string[]) {
  const key = randomUUID();
  await worker.invoke("count");
  const outcome = await worker.invokeAs(key, name, ...params);
  expect((await worker.invoke("count")).value).toBe(2);
  const requests = worker.requests().length;
  for (const path of ["", "/a", "/b", "/c"]) worker.replies([], path);
  for (const count of [3, 4]) {
    await worker.crash();
    expect((await worker.invoke("count")).value).toBe(count);
    expect(await worker.invokeAs(key, name, ...params)).toEqual(outcome);
  }
  expect(worker.requests()).toHaveLength(requests);
  expect((await worker.invoke("get-policy")).value?.policy).toMatchObject({ ...own, jitter: expect.any(Number) });
  return outcome.value?.value;
}

const noAnswer: [string, Reply, string][] = [
  ["a connection that is reset", "reset", "NetworkError when attempting to fetch resource"],
  ["a timeout", "hang", "timeout of 200ms is over"],
  ["a 503", 503, "upstream said 503"],
];

describe.each(["step", "in-place"])("%s that gives up leaves a clean history", (how) => {
  const call = `${how}-caught`;

  test.each(noAnswer)("after its last retry: %s", async (_, reply, message) => {
    const worker = golem.worker();
    worker.replies(all(reply));
    expect(await stays(worker, call, worker.url, policy, soon({ exhausted: "throw" }))).toBe(`caught ${message}`);
    expect(worker.requests()).toHaveLength(3);
  });

  test("when nobody listens at all", async () => {
    const worker = golem.worker();
    const message = "caught NetworkError when attempting to fetch resource";
    expect(await stays(worker, call, "http://127.0.0.1:9", policy, caught)).toBe(message);
  });

  test.each<[string, Reply[], object, number]>([
    ["because the body does", ["reset", 410], {}, 2],
    ["because it is not worth a retry", ["reset"], { retryIf: 503 }, 1],
    ["because the deadline is near", all("hang"), { deadline: "250ms" }, 1],
  ])("%s", async (_, replies, options, requests) => {
    const worker = golem.worker();
    worker.replies(replies);
    const value = await stays(worker, call, worker.url, policy, soon({ exhausted: "throw", ...options }));
    expect(value).toMatch(/^caught /);
    expect(worker.requests()).toHaveLength(requests);
  });

  test.each(noAnswer)("and none before it succeeds: %s", async (_, reply) => {
    const worker = golem.worker();
    worker.replies([reply, reply]);
    expect(await stays(worker, call, worker.url, policy, soon({}))).toMatchObject({ attempt: 2 });
    expect(worker.requests()).toHaveLength(3);
  });

  test("the failed executions change nothing in memory", async () => {
    const worker = golem.worker();
    worker.replies(["reset", 503]);
    expect((await worker.invoke("changed", how, worker.url, policy)).value?.value).toEqual([2, 1]);
  });

  test("a worker that failed asks nobody again when it is replayed", async () => {
    const worker = golem.worker();
    await worker.invoke("count");
    worker.replies(all("reset"));
    const failure =
      "execution 3 of 3 failed: TypeError: NetworkError when attempting to fetch resource; retries used up";
    expect((await worker.invoke(how, worker.url, policy, "{}")).error).toContain(failure);
    expect(await worker.status()).toBe("Failed");
    const oplog = await worker.oplog();
    const mark = how === "step" ? "BeginAtomicRegion" : "NoOp"; // what comes after it is not on record, and is done anew
    worker.replies([]);
    await worker.revertTo(oplog.findLastIndex(({ type }) => type === mark) + 1);
    expect((await worker.invoke("count")).error).toContain(failure);
    expect(worker.requests()).toHaveLength(3);
    await worker.revert(1);
    expect((await worker.invoke("count")).value).toBe(2);
  });
});

describe("the error that a caller gets after it was stored", () => {
  test.each(["step", "in-place"])("is what it was, as far as JSON goes: %s", async (how) => {
    const { value: { value } = {} } = await golem.worker().invoke("thrown", how, "own class", policy);
    const { long, ...error } = value as { long: string };
    expect(error).toEqual({
      kind: "RangeError",
      name: "OutOfStock",
      message: "no tea",
      item: "tea",
      left: 7,
      since: "1970-01-01T00:00:00.000Z",
      code: [1, 2],
      cause: { kind: "TypeError", name: "TypeError", message: "empty" },
    });
    expect(long).toHaveLength(2000);
  });

  test.each([
    ["proxy", { kind: "Error", name: "Error", message: "hidden" }],
    ["getter", { kind: "Error", name: "Error", message: "" }],
    ["proxy of traps", {}],
    ["revoked proxy", {}],
    [
      "cycle",
      {
        kind: "Error",
        name: "Error",
        message: "round and round",
        ring: { name: "ring" },
        deep: { inner: { inner: { inner: {} } } },
        cause: { kind: "Error", name: "Error", message: "inner" },
      },
    ],
    ["bigint", { thrown: 5 }],
    ["undefined", {}],
    ["object", { thrown: { code: 7 } }],
    ["string", { thrown: "out of stock" }],
    ["long", { thrown: expect.stringMatching(/^x{7000,8000}$/) }],
    ["huge", { kind: "Error", name: "Error", message: "x".repeat(1000), items: expect.any(Array) }],
  ])("%s", async (kind, expected) => {
    for (const how of ["step", "in-place"]) {
      expect((await golem.worker().invoke("thrown", how, kind, policy)).value?.value).toEqual(expected);
    }
  });
});

describe("attempt", () => {
  test("gives the value, without a key or a value stored", async () => {
    const worker = golem.worker();
    expect(await stays(worker, "tried", worker.url, "{}")).toBe("answer 1");
    const types = (await worker.oplog()).map(({ type, function_name }) => function_name ?? type);
    expect(types.filter((type) => /keyvalue|Jump|Atomic|Policy/.test(type))).toEqual([]);
  });

  test.each(noAnswer)("gives the error, and is over: %s", async (_, reply, message) => {
    const worker = golem.worker();
    worker.replies(all(reply));
    expect(await stays(worker, "tried", worker.url, '{"timeout":"200ms"}')).toMatchObject({ message });
    expect(worker.requests()).toHaveLength(1);
    expect((await worker.oplog()).filter(({ type }) => /Error|Atomic|Policy/.test(type))).toEqual([]);
  });

  test("in a step gives its error to the execution after it, and to no later one", async () => {
    const worker = golem.worker();
    worker.replies(["reset", "reset", "reset"], "/a");
    worker.replies([200, "reset"], "/b");
    worker.replies([503, 503], "/c");
    const reset = { message: "NetworkError when attempting to fetch resource" };
    const value = await stays(worker, "tried-in-step", worker.url, policy, "{}");
    // each failed attempt begins the body again, and is not made again until the step itself has failed
    expect(value).toMatchObject({ a: reset, b: "answer 3", c: "answer 3", number: 2 });
    expect(worker.requests().filter(({ path }) => path.endsWith("/a"))).toHaveLength(3);
  });

  test("in a region gives its error", async () => {
    const worker = golem.worker();
    worker.replies(["reset", "reset"], "/a");
    worker.replies([503], "/b");
    expect(await stays(worker, "tried-in-atomically", worker.url)).toMatchObject({
      a: { kind: "TypeError" },
      b: "answer 2",
    });
    expect(worker.requests()).toHaveLength(4);
  });
});
