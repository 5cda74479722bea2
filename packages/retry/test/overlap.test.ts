import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Golem, own, startGolem } from "./golem.js";

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

const policy = JSON.stringify({ retries: 2, minDelay: "100ms", maxDelay: "100ms", multiplier: 1 });

const refused = (kind: string, around: string) =>
  expect.stringMatching(
    new RegExp(
      `^${kind}: ${around} is open already, since oplog index \\d+: around this one, beside it, or never awaited. ` +
        "When an execution of it fails, Golem drops everything since that execution began",
    ),
  );

describe("what would be dropped with another's failure is refused", () => {
  test.each([
    ["in-place", "in-place", "retryingInPlace", "retryingInPlace"],
    ["in-place", "attempt", "attempt", "retryingInPlace"],
    ["attempt", "attempt", "attempt", "attempt"],
    ["attempt", "step", "retrying", "attempt"],
    ["in-place", "atomically", "atomically", "retryingInPlace"],
  ])("%s beside it: %s", async (first, second, kind, around) => {
    const worker = golem.worker();
    worker.replies(["reset"], "/0");
    const { value } = await worker.invoke("overlapping", `${first}, ${second}`, worker.url, policy);
    const ended = first === "attempt" ? { ok: false } : { text: "answer 2" };
    expect(value?.value).toMatchObject([ended, refused(kind, around)]);
    expect(value?.policy).toMatchObject({ ...own, jitter: 0 });
    expect(worker.requests().map(({ path }) => path.slice(-2))).not.toContain("/1");
    await worker.crash();
    const requests = worker.requests().length;
    expect((await worker.invoke("count")).value).toBe(1);
    expect(worker.requests()).toHaveLength(requests);
  });

  test.each([
    ["in-place in in-place", "attempt"],
    ["step in in-place", "retrying"],
  ])("%s", async (kinds, kind) => {
    const worker = golem.worker();
    const { value } = await worker.invoke("overlapping", kinds, worker.url, policy);
    expect(value?.value).toMatchObject([refused(kind, "retryingInPlace")]);
    expect(value?.policy).toMatchObject(own);
  });

  test("what leaves the call fails the worker at once", async () => {
    const worker = golem.worker();
    worker.replies(["hang"], "/0");
    const { error } = await worker.invoke("in-place-at-once", worker.url, policy);
    expect(error).toContain("retryingInPlace is open already");
    expect(await worker.status()).toBe("Failed");
    expect(worker.requests()).toHaveLength(1);
  });

  test("what a step's body does not await", async () => {
    const worker = golem.worker();
    worker.replies(["hang"], "/0");
    const { error } = await worker.invoke("overlapping", "left in step", worker.url, policy);
    expect(error).toContain("retrying: attempt, which began inside it, has not ended. Await it in the body.");
    expect(await worker.status()).toBe("Failed");
  });
});
