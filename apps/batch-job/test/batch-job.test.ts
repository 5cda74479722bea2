import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const steady = retryPolicy({ retries: 6, minDelay: "200ms", maxDelay: "5s", multiplier: 2 });
const strict = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "150ms", multiplier: 1.5 });

test("works through all items, each step under its own policy", async ({ golem, upstream }) => {
  upstream.on("/items/a").fails(2, 503).then("3 EUR");
  upstream.on("/items/a/charge").fails(1, 500).then("charged");
  upstream.on("/items/b").then("4 EUR");
  upstream.on("/items/b/charge").then("charged");
  const worker = await golem.worker("batch-job", { SHOP_URL: upstream.url });

  expect(await worker.invoke("run-batch", ["a", "b"])).toEqual({ done: ["a", "b"], poisoned: [] });

  expect(upstream.requests("/items/a")).toHaveLength(3);
  expect(upstream.requests("/items/a/charge")).toHaveLength(2);
  expect(upstream.requests("/items/b/charge")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(steady, strict);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/each-step.txt");
});

test("a poisoned item is reported, and the others are done", async ({ golem, upstream }) => {
  for (const item of ["a", "bad", "down", "c"]) upstream.on(`/items/${item}`).then("1 EUR");
  upstream.on("/items/a/charge").then("charged");
  upstream.on("/items/bad/charge").fails(99, 422);
  upstream.on("/items/down/charge").fails(99, 503);
  upstream.on("/items/c/charge").then("charged");
  const worker = await golem.worker("batch-job", { SHOP_URL: upstream.url });

  expect(await worker.invoke("run-batch", ["a", "bad", "down", "c"])).toEqual({
    done: ["a", "c"],
    poisoned: [
      { item: "bad", reason: "POST /items/bad/charge said 422" },
      { item: "down", reason: "POST /items/down/charge said 503" },
    ],
  });

  expect(upstream.requests("/items/bad/charge")).toHaveLength(1);
  expect(upstream.requests("/items/down/charge")).toHaveLength(3);
  expect(upstream.requests("/items/a/charge")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(strict);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

test("waits no longer than five seconds for an item's price", async ({ golem, upstream }) => {
  upstream.on("/items/a").fails(6, 503).then("3 EUR");
  upstream.on("/items/a/charge").then("charged");
  const worker = await golem.worker("batch-job", { SHOP_URL: upstream.url });

  expect(await worker.invoke("run-batch", ["a"])).toEqual({ done: ["a"], poisoned: [] });

  expect(upstream.requests("/items/a")).toHaveLength(7);
  expect(await worker.oplog()).toHaveRetriedWith(steady);
});

test("a setting that is missing fails the run at once", async ({ golem }) => {
  const worker = await golem.worker("batch-job");

  await expect(worker.invoke("run-batch", ["a"])).rejects.toMatchObject({
    details: expect.stringContaining("SHOP_URL is not set"),
  });

  expect((await worker.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
});

test("progress survives a crash, and no finished work is repeated", async ({ golem, upstream }) => {
  upstream.on("/items/a").then("1 EUR");
  upstream.on("/items/a/charge").then("charged");
  upstream.on("/items/b").hangs(1).then("2 EUR");
  upstream.on("/items/b/charge").then("charged");
  const worker = await golem.worker("batch-job", { SHOP_URL: upstream.url });

  const report = worker.invoke("run-batch", ["a", "b"]);
  await upstream.requested("/items/b", 1);
  await worker.crash();
  upstream.release("/items/b");

  expect(await report).toEqual({ done: ["a", "b"], poisoned: [] });
  expect(upstream.requests("/items/a/charge")).toHaveLength(1);
  expect(upstream.requests("/items/b")).toHaveLength(2);
});

test("for comparison: of overrides within each other the inner one decides, and nothing is asked again", async ({
  golem,
  upstream,
}) => {
  upstream.on("/items/a").then("1 EUR");
  upstream.on("/items/a/charge").fails(1, 500).then("charged");
  const worker = await golem.worker("batch-job", { SHOP_URL: upstream.url });

  await expect(worker.invoke("run-batch-replayed", ["a"])).rejects.toMatchObject({ type: "RuntimeError" });

  expect(upstream.requests("/items/a/charge")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(strict);
});
