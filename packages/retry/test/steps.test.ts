import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { plan, type RetryPolicyOptions, retryPolicy } from "../src/policy/index.js";
import { type Golem, own, type Reply, startGolem } from "./golem.js";

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

const options: RetryPolicyOptions = { retries: 3, minDelay: "200ms", maxDelay: "400ms", multiplier: 1.5 };
const policy = JSON.stringify(options);
const fails = (times: number): Reply[] => Array(times).fill(503);

function expectWaits(actual: number[], planned: number[]) {
  expect(actual).toHaveLength(planned.length);
  for (const [i, wait] of planned.entries()) {
    // a timeout begins when the component sends, which in real time is before the upstream hears of it
    expect(actual[i]).toBeGreaterThanOrEqual(Math.floor(wait) - (golem.time ? 0 : 50));
    expect(actual[i]).toBeLessThanOrEqual(wait + golem.slack);
  }
}

const planned = (given: RetryPolicyOptions) => plan(retryPolicy(given)).delays.map((ns) => Number(ns) / 1e6);

// Both promise the same; only who executes again differs.
describe.each(["step", "in-place"])("%s", (name) => {
  test.each<[string, RetryPolicyOptions]>([
    ["a fraction and a cap", options],
    ["×1", { retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 1 }],
    ["×2.5", { retries: 4, minDelay: "20ms", maxDelay: "10s", multiplier: 2.5 }],
    ["no wait", { retries: 2, minDelay: "0s", maxDelay: "0s", multiplier: 1 }],
    ["no retry", { retries: 0, minDelay: "1s", maxDelay: "1s", multiplier: 1 }],
  ])("keeps its policy to the last execution: %s", async (_, given) => {
    const worker = golem.worker();
    worker.replies(fails(given.retries));
    const { value } = await worker.invoke(name, worker.url, JSON.stringify(given), "{}");
    expect(value).toMatchObject({ value: { attempt: given.retries, executionsLeft: 0 }, policy: own });
    expectWaits(worker.waits(), planned(given));
  });

  test("has jitter within its bounds and its cap", async () => {
    const given = { retries: 4, minDelay: "100ms", maxDelay: "300ms", multiplier: 2, jitter: 1 } as const;
    const { delays, longest } = plan(retryPolicy(given));
    const worker = golem.worker();
    worker.replies(fails(4));
    await worker.invoke(name, worker.url, JSON.stringify(given), "{}");
    const waits = worker.waits();
    expect(waits).toHaveLength(4);
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Number(delays[i]) / 1e6);
      expect(wait).toBeLessThanOrEqual(Number(longest[i]) / 1e6 + golem.slack);
    }
    expect(waits[0]).not.toBe(100);
  });

  test("tells the body how it stands", async () => {
    const worker = golem.worker();
    worker.replies(fails(1));
    const { value } = await worker.invoke(name, worker.url, policy, "{}");
    expect(value?.value).toMatchObject({
      text: "answer 2",
      attempt: 1,
      executionsLeft: 2,
      previousError: { name: "Answer", message: "upstream said 503" },
    });
    const { elapsed } = (value as { value: { elapsed: number } }).value;
    expect(elapsed).toBeGreaterThanOrEqual(200);
    expect(elapsed).toBeLessThanOrEqual(200 + golem.slack);
  });

  test("fails the worker when its retries are used up", async () => {
    const worker = golem.worker();
    worker.replies(fails(9));
    const { error } = await worker.invoke(name, worker.url, policy, "{}");
    expect(error).toContain("execution 4 of 4 failed: Answer: upstream said 503; retries used up");
    expect(worker.requests()).toHaveLength(4);
    expect(await worker.status()).toBe("Failed");
  });

  test("waits as long as the service says", async () => {
    const worker = golem.worker();
    worker.replies([{ status: 429, after: "1" }, 503]);
    await worker.invoke(name, worker.url, policy, "{}");
    expectWaits(worker.waits(), [1000, 300]);
  });

  test("gives up when the body does", async () => {
    const worker = golem.worker();
    worker.replies([410]);
    const { error } = await worker.invoke(name, worker.url, policy, "{}");
    expect(error).toContain("execution 1 of 4 failed: Answer: upstream said 410; given up");
    expect(worker.requests()).toHaveLength(1);
  });

  test("aborts an execution at its timeout, and counts it", async () => {
    const worker = golem.worker();
    worker.replies(["hang"]);
    const { value } = await worker.invoke(name, worker.url, policy, '{"timeout":"300ms"}');
    expect(value?.value).toMatchObject({ attempt: 1, previousError: { name: "TimeoutError" } });
    expectWaits(worker.waits(), [500]);
  });
});

describe("a caller that compensates", () => {
  test.each<[string, string, Reply[], number]>([
    ["after the last retry", '{"exhausted":"throw"}', fails(9), 4],
    ["when the body gave up", '{"exhausted":"throw"}', [503, 410], 2],
    ["when it is not worth a retry", '{"exhausted":"throw","retryIf":503}', [503, 404], 2],
    ["when the deadline is near", '{"exhausted":"throw","deadline":"400ms"}', fails(9), 2],
    [
      "when the service wants more time than there is",
      '{"exhausted":"throw","deadline":"30m"}',
      [{ status: 429, after: "3600" }],
      1,
    ],
  ])("gets the error, and the policy from before: %s", async (_, given, replies, executions) => {
    const worker = golem.worker();
    worker.replies(replies);
    const { value } = await worker.invoke("step-caught", worker.url, policy, given);
    expect(value).toMatchObject({ value: expect.stringContaining("caught "), policy: own });
    expect(worker.requests()).toHaveLength(executions);
    expect((await worker.invoke("get-policy")).value?.policy).toMatchObject(own);
  });

  test("gets the error of a loop in place too", async () => {
    const worker = golem.worker();
    worker.replies(fails(9));
    const { value } = await worker.invoke("in-place", worker.url, policy, '{"exhausted":"throw"}');
    expect(value?.value).toBe("caught upstream said 503");
  });

  test("doesn't see executions before the last, though it catches everything", async () => {
    const worker = golem.worker();
    worker.replies(fails(9));
    expect(await worker.invoke("step-caught", worker.url, policy, "{}")).toHaveProperty("error");
    expect(worker.requests()).toHaveLength(4);
  });
});

describe("steps and policies", () => {
  test("two steps in one call have a budget each", async () => {
    const worker = golem.worker();
    worker.replies(fails(3));
    worker.replies(fails(3), "/b");
    const { value } = await worker.invoke("two-steps", worker.url, policy, "{}");
    expect(value?.value).toMatchObject([{ attempt: 3 }, { attempt: 3 }]);
    expect(worker.requests()).toHaveLength(8);
  });

  test("a later call has a budget of its own", async () => {
    const worker = golem.worker();
    for (const _ of [1, 2]) {
      worker.replies(fails(3));
      expect((await worker.invoke("step", worker.url, policy, "{}")).value?.value).toMatchObject({ attempt: 3 });
    }
  });

  test("two workers of one component, whose steps begin at the same place, have a budget each", async () => {
    const workers = [golem.worker(), golem.worker()];
    for (const worker of workers) worker.replies(fails(3));
    golem.time?.hold();
    const answers = workers.map((worker) => worker.invoke("step", worker.url, policy, "{}"));
    const waits = async (worker: (typeof workers)[number]) =>
      worker.requests().length > 0 && (await worker.oplog()).some(({ type }) => type === "Jump");
    for (const worker of workers) while (!(await waits(worker))) await new Promise((next) => setTimeout(next, 5));
    golem.time?.release(); // both have written that they failed once
    for (const { value } of await Promise.all(answers)) expect(value).toMatchObject({ value: { attempt: 3 } });
    for (const worker of workers) expectWaits(worker.waits(), planned(options));
  });

  test("an override around the step is in force again after it", async () => {
    const worker = golem.worker();
    worker.replies(fails(2));
    const { value } = await worker.invoke("step-in-scope", worker.url, policy, "{}");
    expect(value?.policy).toMatchObject({ retries: 7, minDelay: 7e7, maxDelay: 7e8, multiplier: 2 });
    expectWaits(worker.waits(), [200, 300]);
  });

  test.each([
    ["{}", 2],
    ['{"exhausted":"throw"}', 9],
  ] as const)("an override that an error left inside the step is gone after it: %s", async (given, failures) => {
    const worker = golem.worker();
    worker.replies(fails(failures));
    const { value } = await worker.invoke("scope-in-step", worker.url, policy, given);
    expect(value?.policy).toMatchObject({ ...own, jitter: given === "{}" ? 0 : own.jitter });
  });

  test("the wait can be the policy's", async () => {
    const worker = golem.worker();
    worker.replies(fails(2));
    const { value } = await worker.invoke("step", worker.url, policy, '{"wait":"policy"}');
    expect(value).toMatchObject({ value: { attempt: 2 }, policy: own });
    expectWaits(worker.waits(), [200, 300]);
  });

  test("every execution sends the key that was taken before", async () => {
    const worker = golem.worker();
    worker.replies(fails(2));
    const { value } = await worker.invoke("step-with-key", worker.url, policy);
    expect(value?.value).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(worker.requests().map((each) => each.key)).toEqual([value?.value, value?.value, value?.value]);
  });

  test("success at once costs a region, a NoOp and a reading of the clock", async () => {
    const worker = golem.worker();
    await worker.invoke("step", worker.url, policy, "{}");
    const before = (await worker.oplog()).length;
    await worker.invoke("step", worker.url, policy, "{}");
    const types = (await worker.oplog()).slice(before).map((entry) => entry.type);
    const count = (type: string) => types.filter((each) => each === type).length;
    expect([count("BeginAtomicRegion"), count("NoOp"), count("EndAtomicRegion")]).toEqual([1, 1, 1]);
    expect([count("Jump"), count("Error"), count("ChangeRetryPolicy")]).toEqual([0, 0, 0]);
  });
});

describe("misuse is refused, and leaves nothing open", () => {
  const already = /retrying: (retrying|atomically) is open already, since oplog index \d+: .*One at a time/;

  test.each(["step-in-step", "steps-at-once", "step-in-atomically"])("%s fails the worker at once", async (name) => {
    const worker = golem.worker();
    worker.replies(fails(9));
    const params = name === "step-in-step" ? [worker.url, policy, "{}"] : [worker.url, policy];
    expect((await worker.invoke(name, ...params)).error).toMatch(already);
    expect(worker.requests().length).toBeLessThanOrEqual(1);
    expect(await worker.status()).toBe("Failed");
  });

  test("a step in a step can be caught outside", async () => {
    const worker = golem.worker();
    const { value } = await worker.invoke("step-in-step", worker.url, policy, '{"exhausted":"throw"}');
    expect(value?.value).toMatch(already);
    expect(value?.policy).toMatchObject(own); // what the refusal had set is dropped with the execution
    expect((await worker.invoke("step", worker.url, policy, "{}")).value?.value).toMatchObject({ attempt: 0 });
  });

  test("of two at once the first is carried out", async () => {
    const worker = golem.worker();
    worker.replies(fails(2));
    const { value } = await worker.invoke("steps-at-once-settled", worker.url, policy);
    expect(value?.value).toMatchObject([{ attempt: 2 }, expect.stringMatching(already)]);
    expect(value?.policy).toMatchObject({ ...own, jitter: 0 });
    expectWaits(worker.waits(), [200, 300]);
  });

  test.each([
    ["step", "retrying"],
    ["in-place", "retryingInPlace"],
  ])("an idempotency key is refused inside, and not tried again: %s", async (how, kind) => {
    const { value } = await golem.worker().invoke("key-inside", how, policy);
    expect(value).toMatchObject({
      value: `idempotencyKey: inside ${kind} each execution would send another key; take it before, and use it inside`,
      policy: own,
    });
  });

  test("an unknown way to wait is refused", async () => {
    const { error } = await golem.worker().invoke("step", "", policy, '{"wait":"nap"}');
    expect(error).toContain("retrying: wait is nap; allowed:");
  });

  test("a loop inside a step throws to it when exhausted", async () => {
    const worker = golem.worker();
    worker.replies(fails(5));
    const { value } = await worker.invoke("in-place-in-step", worker.url, policy);
    expect(value?.value).toMatchObject({ attempt: 1 });
    expectWaits(worker.waits(), [200, 300, 400, 200, 200]);
  });
});

describe("a crash", () => {
  test("after the call replays the step, and asks nobody again", async () => {
    const worker = golem.worker();
    worker.replies(fails(2));
    await worker.invoke("count");
    await worker.invoke("step", worker.url, policy, "{}");
    await worker.crash();
    expect((await worker.invoke("count")).value).toBe(2);
    expect(worker.requests()).toHaveLength(3);
    expect((await worker.invoke("step", worker.url, policy, "{}")).value?.value).toMatchObject({ attempt: 0 });
  });
});

describe("what earlier lives leave behind", () => {
  test("a worker that failed is used again after a revert, with a new budget", async () => {
    const worker = golem.worker();
    worker.replies(fails(4));
    await worker.invoke("count");
    expect(await worker.invoke("step", worker.url, policy, "{}")).toHaveProperty("error");
    await worker.revert(1);
    worker.replies(fails(3));
    expect((await worker.invoke("step", worker.url, policy, "{}")).value?.value).toMatchObject({ attempt: 3 });
  });

  test("a deleted worker's progress is not taken by another of its name", async () => {
    const first = golem.worker();
    first.replies(fails(9));
    expect(await first.invoke("step", first.url, policy, "{}")).toHaveProperty("error");
    await first.delete();
    const second = golem.worker(first.name);
    second.replies([second.crash, ...fails(3)]); // the crash makes it look for progress
    const { value } = await second.invoke("step", second.url, policy, "{}");
    expect(value?.value).toMatchObject({ attempt: 3 });
  });
});
