import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Golem, own, startGolem } from "./golem.js";

// What can go wrong with a step beside its body: no region stays open, and the policy is the one from before.

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

const options = { retries: 2, minDelay: "100ms", maxDelay: "100ms", multiplier: 1 };
const policy = JSON.stringify(options);
const key = "[0-9a-f-]+/[0-9a-f-]+/\\d+";
const failedTo = (what: string) =>
  `golem-retry: wasi:keyvalue failed to ${what} the progress ${key}: the store is away`;

/** After whatever happened, the worker goes on, and a recovery asks nobody. */
async function goesOn(worker: ReturnType<Golem["worker"]>) {
  expect((await worker.invoke("get-policy")).value?.policy).toMatchObject({ ...own, jitter: expect.any(Number) });
  const requests = worker.requests().length;
  await worker.crash();
  expect((await worker.invoke("count")).value).toBe(1);
  expect(worker.requests()).toHaveLength(requests);
}

describe.each(["step", "in-place"])("%s, when the key-value store fails", (how) => {
  test("to read: the caller gets an error that says so", async () => {
    const worker = golem.worker();
    worker.replies(["reset", "reset"]);
    const { value } = await worker.invoke("store-away", how, "read", worker.url, policy, '{"exhausted":"throw"}');
    expect(value?.value).toMatch(
      new RegExp(`^caught ${failedTo("read")}. Nobody knows how many executions have failed`),
    );
    expect(worker.requests()).toHaveLength(1);
    await goesOn(worker);
  });

  test("to read: the worker fails with it", async () => {
    const worker = golem.worker();
    worker.replies(["reset", "reset"]);
    const { error } = await worker.invoke("store-away", how, "read", worker.url, policy, "{}");
    expect(error).toMatch(new RegExp(failedTo("read")));
    expect(await worker.status()).toBe("Failed");
  });

  test.each(["{}", '{"exhausted":"throw"}'])("to write: the worker fails, as nobody would count: %s", async (given) => {
    const worker = golem.worker();
    worker.replies(Array(9).fill("reset"));
    const { error } = await worker.invoke("store-away", how, "write", worker.url, policy, given);
    expect(error).toMatch(new RegExp(`execution 1 failed: TypeError: NetworkError .*; ${failedTo("write")}`));
    expect(await worker.status()).toBe("Failed");
    expect(worker.requests()).toHaveLength(1);
  });

  test("to delete: the step has succeeded all the same", async () => {
    const worker = golem.worker();
    worker.replies(["reset"]);
    const { value } = await worker.invoke("store-away", how, "delete", worker.url, policy, "{}");
    expect(value?.value).toMatchObject({ text: "answer 2", attempt: 1 });
    const said = (await worker.oplog()).map(({ message }) => message ?? "").join("");
    expect(said).toMatch(new RegExp(`${failedTo("delete")}. It stays there, and is never read again.`));
    await goesOn(worker);
  });

  test("a clock that is set back makes no wait longer", async () => {
    const worker = golem.worker();
    worker.replies([503, 503]);
    const { value } = await worker.invoke("clock-set-back", how, worker.url, policy);
    expect(value?.value).toMatchObject({ attempt: 2, elapsed: 200 });
    for (const wait of worker.waits()) expect(wait).toBeLessThanOrEqual(100 + golem.slack);
  });
});

test("the longest wait of all can be the policy's", async () => {
  const worker = golem.worker();
  const longest = { retries: 1, minDelay: "18446744073709551615ns", maxDelay: "18446744073709551615ns", multiplier: 1 };
  worker.replies([503]);
  worker.begin("step", worker.url, JSON.stringify(longest), '{"wait":"policy"}');
  await expect.poll(() => worker.status(), { timeout: 10_000 }).toBe("Retrying");
  expect(JSON.stringify(await worker.oplog())).toContain('"max_delay":"584years 6months 15days 8h 12m 57s 709ms"');
});
