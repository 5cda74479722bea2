import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const starting = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });
const polling = retryPolicy({ retries: 200, minDelay: "30s", maxDelay: "15m", multiplier: 2 });
const hour = 3_600_000;

// On a server six hours are six hours.
test.skipIf(process.env.GOLEM_URL)(
  "waits six hours for a job, and takes no time for it",
  async ({ golem, upstream }) => {
    upstream.on("/jobs").then("job-1");
    upstream.on("/jobs/job-1").answers(28, "running").then("done:42 pages");
    const worker = await golem.worker("poller", { JOBS_URL: upstream.url });

    expect(await worker.invoke("run-job", "print")).toBe("42 pages");

    expect(upstream.requests("/jobs")).toHaveLength(1);
    expect(upstream.requests("/jobs/job-1")).toHaveLength(29);
    const entries = await worker.oplog();
    const [first, last] = [entries[0], entries.at(-1)].map((found) => Date.parse(found?.entry.timestamp ?? ""));
    expect((last as number) - (first as number)).toBeGreaterThan(6 * hour);
    expect(entries).toHaveRetriedWith(polling);
    expect(entries).toEndUnder(golem.defaultPolicy);
    await expect(oplogText(entries.slice(0, 80))).toMatchFileSnapshot("golden/first-polls.txt");
  },
);

test("is suspended between two questions, and a crash then changes nothing", async ({ golem, upstream }) => {
  upstream.on("/jobs").then("job-1");
  upstream.on("/jobs/job-1").answers(2, "running").then("done:42 pages");
  const worker = await golem.worker("poller", { JOBS_URL: upstream.url });
  golem.time?.hold();

  const result = worker.invoke("run-job", "print");
  await upstream.requested("/jobs/job-1", 1);
  while ((await worker.metadata()).status !== "Suspended") await new Promise((next) => setTimeout(next, 5));
  await worker.crash();
  golem.time?.release();

  expect(await result).toBe("42 pages");
  expect(upstream.requests("/jobs")).toHaveLength(1);
  expect(upstream.requests("/jobs/job-1")).toHaveLength(3);
});

// A server's time cannot be moved on.
test.skipIf(process.env.GOLEM_URL)("gives a job two days, and not a minute more", async ({ golem, upstream }) => {
  upstream.on("/jobs").then("job-1");
  upstream.on("/jobs/job-1").answers(1, "running").then("done:42 pages");
  const worker = await golem.worker("poller", { JOBS_URL: upstream.url });
  const key = { idempotencyKey: "print" };
  golem.time?.hold();

  const interrupted = expect(worker.invokeWith(key, "run-job", "print")).rejects.toThrow("Interrupted");
  await upstream.requested("/jobs/job-1", 1);
  while ((await worker.metadata()).status !== "Suspended") await new Promise((next) => setTimeout(next, 5));
  await worker.interrupt();
  await interrupted;
  await golem.time?.advance(48 * hour);
  golem.time?.release();

  await expect(worker.invokeWith(key, "run-job", "print")).rejects.toMatchObject({
    details: expect.stringContaining("deadline"),
  });
  expect(upstream.requests("/jobs/job-1")).toHaveLength(1);
  expect(await worker.metadata()).toMatchObject({ status: "Failed" });
});

test("gives up at once what no retry can mend: a refused job, a setting that is missing", async ({
  golem,
  upstream,
}) => {
  upstream.on("/jobs").fails(9, 400);
  const worker = await golem.worker("poller", { JOBS_URL: upstream.url });
  const unset = await golem.worker("poller");

  await expect(worker.invoke("run-job", "print")).rejects.toMatchObject({
    details: expect.stringContaining("POST /jobs?name=print said 400; given up"),
  });
  await expect(unset.invoke("run-job", "print")).rejects.toMatchObject({
    details: expect.stringContaining("JOBS_URL is not set"),
  });

  expect(upstream.requests()).toHaveLength(1);
  for (const each of [worker, unset])
    expect((await each.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
});

test("a job that failed is given up at once, and the worker fails", async ({ golem, upstream }) => {
  upstream.on("/jobs").then("job-1");
  upstream.on("/jobs/job-1").answers(1, "running").then("failed:no paper");
  const worker = await golem.worker("poller", { JOBS_URL: upstream.url });

  await expect(worker.invoke("run-job", "print")).rejects.toMatchObject({
    type: "RuntimeError",
    details: expect.stringContaining("job job-1 failed: no paper"),
  });
  expect(upstream.requests("/jobs/job-1")).toHaveLength(2);
});

test("asks for a job again with the same key until it is started", async ({ golem, upstream }) => {
  upstream.on("/jobs").fails(2).then("job-1");
  upstream.on("/jobs/job-1").then("done:42 pages");
  const worker = await golem.worker("poller", { JOBS_URL: upstream.url });

  expect(await worker.invoke("run-job", "print")).toBe("42 pages");

  const keys = upstream.requests("/jobs").map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual(Array(3).fill(keys[0]));
  expect(await worker.oplog()).toHaveRetriedWith(starting);
});
