import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Golem, own, startGolem } from "./golem.js";

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

const options = { retries: 2, minDelay: "100ms", maxDelay: "100ms", multiplier: 1 };
const policy = JSON.stringify(options);

describe.each(["step", "in-place"])("%s", (how) => {
  test.each(["thrown string", "thrown undefined", "thrown object", "rejected undefined", "rejected string"])(
    "counts what is no Error: %s",
    async (kind) => {
      const { value } = await golem.worker().invoke("odd-error", how, kind, policy);
      expect(value).toMatchObject({ value: 2, policy: own });
    },
  );

  test("an err of the function is a failure like others, and executed again", async () => {
    const worker = golem.worker();
    worker.replies([503, 503]);
    expect((await worker.invoke("fallible", how, worker.url, policy, "{}")).value).toEqual({ ok: "answer 3" });
  });

  test("an err fails the worker when its retries are used up: it is no answer", async () => {
    const worker = golem.worker();
    worker.replies(Array(9).fill(503));
    const { error, value } = await worker.invoke("fallible", how, worker.url, policy, "{}");
    expect(value).toBeUndefined();
    expect(error).toContain("execution 3 of 3 failed: string: upstream said 503; retries used up");
    expect(worker.requests()).toHaveLength(3);
  });

  test('an err is the answer with exhausted: "throw"', async () => {
    const worker = golem.worker();
    worker.replies(Array(9).fill(503));
    const { value } = await worker.invoke("fallible", how, worker.url, policy, '{"exhausted":"throw"}');
    expect(value).toEqual({ err: "upstream said 503" });
    expect((await worker.invoke("get-policy")).value?.policy).toMatchObject(own);
  });

  test.each(["NaN", "Infinity", "-1"])(
    "leaves a policy as it found it that no one should have set: ×%s",
    async (multiplier) => {
      const worker = golem.worker();
      worker.replies([503]);
      const raw = { maxAttempts: 7, minDelay: "70", maxDelay: "7", multiplier };
      const { value } = await worker.invoke("step-under-raw", how, worker.url, policy, JSON.stringify(raw));
      expect(value?.value).toEqual(raw);
    },
  );
});

describe("a trap that is no exception", () => {
  test.each([
    ["a refusal by the host", 500],
    ["memory used up", 507],
  ] as const)("is Golem's to retry, not counted, and does not break the step: %s", async (_, status) => {
    const worker = golem.worker();
    worker.replies([status, 503, status, 503]);
    const { value } = await worker.invoke("step-with-trap", worker.url, policy);
    expect(value).toMatchObject({ value: { text: "answer 5", attempt: 2 }, policy: own });
  });
});

describe("a body that never settles", () => {
  test("ends at its timeout, each execution of it", async () => {
    const { value } = await golem.worker().invoke("step-unsettled", policy, '{"timeout":"1s","exhausted":"throw"}');
    expect(value).toMatchObject({ value: "timeout of 1s is over", policy: own });
  });

  test("ends at the deadline", async () => {
    const { value } = await golem.worker().invoke("step-unsettled", policy, '{"deadline":"3s","exhausted":"throw"}');
    expect(value).toMatchObject({ value: "deadline of 3s is over", policy: own });
  });

  // On a server it goes on for ever: the trap of a component that has nothing left to do is Golem's to retry.
  test.skipIf(process.env.GOLEM_URL)("is reported by minigolem, where it has neither", async () => {
    const worker = golem.worker();
    worker.begin("step-unsettled", policy, "{}");
    await expect.poll(() => worker.hazards(), { timeout: 30_000 }).toEqual(["region-without-bound"]);
  });
});

describe("a loop in a step", () => {
  const asked = (worker: ReturnType<Golem["worker"]>, path: string) =>
    worker.requests().filter((each) => each.path.endsWith(path));
  const once = JSON.stringify({ ...options, retries: 0 });

  test("has one budget until the step ends: a crash after it does not renew it", async () => {
    const worker = golem.worker();
    worker.replies([503, 200, 503, 503, 503, 503], "/a");
    worker.replies([worker.crash], "/b");
    const { value } = await worker.invoke("loop-in-step", worker.url, once, policy, '{"exhausted":"throw"}');
    expect(value).toMatchObject({ value: "caught upstream said 503", policy: own });
    expect(asked(worker, "/a")).toHaveLength(4); // one retry is left of two
    expect(asked(worker, "/b")).toHaveLength(1);
  });

  test("takes its time from the step's deadline", async () => {
    const worker = golem.worker();
    worker.replies(Array(20).fill(503), "/a");
    const inner = JSON.stringify({ retries: 9, minDelay: "1s", maxDelay: "1s", multiplier: 1 });
    const given = '{"exhausted":"throw","deadline":"3500ms"}';
    const { value } = await worker.invoke("loop-in-step", worker.url, once, inner, given);
    expect(value).toMatchObject({ value: "caught deadline of 3.5s is over", policy: own });
    expect(asked(worker, "/a")).toHaveLength(4);
  });

  test("takes its time from the step's timeout", async () => {
    const worker = golem.worker();
    worker.replies(Array(20).fill(503), "/a");
    const inner = JSON.stringify({ retries: 9, minDelay: "1s", maxDelay: "1s", multiplier: 1 });
    const given = '{"exhausted":"throw","timeout":"3500ms"}';
    const { value } = await worker.invoke("loop-in-step", worker.url, once, inner, given);
    expect(value).toMatchObject({ value: "caught timeout of 3.5s is over", policy: own });
    expect(asked(worker, "/a")).toHaveLength(4);
  });
});

describe("a step that nobody awaits", () => {
  test("is reported by the next, which says where its region began", async () => {
    const worker = golem.worker();
    worker.replies(["hang"]);
    expect((await worker.invoke("step-left", worker.url, policy)).value?.value).toBe("left");
    if (golem.time) expect(await worker.hazards()).toEqual(["region-left-open"]);
    const begin = (await worker.oplog()).findIndex((entry) => entry.type === "BeginAtomicRegion") + 1;
    const { error } = await worker.invoke("step", worker.url, policy, "{}");
    expect(error).toContain(`since oplog index ${begin}: around this one, beside it, or never awaited`);
    await expect.poll(() => worker.status()).toBe("Failed");
  });
});

describe("a revert", () => {
  test("into the middle of a step that waits goes on with it, and with its count", async () => {
    const worker = golem.worker();
    await worker.invoke("count");
    worker.replies([503, 503]);
    const slow = JSON.stringify({ retries: 2, minDelay: "5s", maxDelay: "5s", multiplier: 1 });
    golem.time?.hold();
    try {
      worker.begin("step", worker.url, slow, "{}");
      await expect.poll(async () => JSON.stringify(await worker.oplog())).toContain("next in 5s");
      await worker.revertTo((await worker.oplog()).findLastIndex(({ type }) => type === "BeginAtomicRegion") + 1);
    } finally {
      golem.time?.release();
    }
    expect((await worker.invoke("count")).value).toBe(2);
    expect(worker.requests()).toHaveLength(3);
    expect(Math.max(...worker.waits())).toBeLessThanOrEqual(5000 + golem.slack);
  });

  test("into a step that used up its retries fails again and sends no request", async () => {
    const worker = golem.worker();
    await worker.invoke("count");
    worker.replies([503, 503, 503, 503]);
    expect(await worker.invoke("step", worker.url, policy, "{}")).toHaveProperty("error");
    await worker.revertTo((await worker.oplog()).findLastIndex((entry) => entry.type === "BeginAtomicRegion") + 1);
    expect((await worker.invoke("count")).error).toContain("execution 3 of 3 failed");
    expect(worker.requests()).toHaveLength(3);
  });
});

test("a worker deleted in the middle of a step leaves nothing to another of its name", async () => {
  const slow = JSON.stringify({ retries: 2, minDelay: "30s", maxDelay: "30s", multiplier: 1 });
  const first = golem.worker();
  first.replies([503]);
  golem.time?.hold();
  try {
    first.begin("step", first.url, slow, "{}");
    await expect.poll(async () => JSON.stringify(await first.oplog())).toContain("next in 30s");
    await first.delete();
  } finally {
    golem.time?.release();
  }
  const second = golem.worker(first.name);
  second.replies([second.crash, 503, 503]); // the crash makes it look for progress
  const { value } = await second.invoke("step", second.url, policy, "{}");
  expect(value?.value).toMatchObject({ attempt: 2 });
  expect(Math.max(...second.waitsAfterFailures())).toBeLessThan(30_000);
});
