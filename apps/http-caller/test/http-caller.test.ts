import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const patient = retryPolicy({ retries: 5, minDelay: "500ms", maxDelay: "10s", multiplier: 2 });
const order = { id: "7", status: "paid", total: 42 };

test("asks again under its own policy, and leaves the old one in force", async ({ golem, upstream }) => {
  upstream.on("/orders/7").fails(3, 503).then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });

  expect(await worker.invoke("fetch-order", "7")).toEqual(order);

  expect(upstream.requests("/orders/7")).toHaveLength(4);
  expect(await worker.oplog()).toHaveRetriedWith(patient);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/asks-again.txt");
});

test("costs nothing when the service answers at once", async ({ golem, upstream }) => {
  upstream.on("/orders/7").then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });

  expect(await worker.invoke("fetch-order", "7")).toEqual(order);

  const entries = (await worker.oplog()).map(({ entry }) => entry.type);
  expect(entries).not.toContain("Error");
  expect(entries).not.toContain("ChangeRetryPolicy");
});

test("fails when the policy says no more; later calls are refused; a revert is the way out", async ({
  golem,
  upstream,
}) => {
  upstream.on("/orders/7").fails(6, 503).then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });

  await expect(worker.invoke("fetch-order", "7")).rejects.toMatchObject({
    type: "RuntimeError",
    details: expect.stringContaining("orders said 503 (execution 6)"),
  });
  expect(upstream.requests("/orders/7")).toHaveLength(6);
  expect(await worker.metadata()).toMatchObject({ status: "Failed" });
  await expect(worker.invoke("fetch-order", "7")).rejects.toMatchObject({ type: "PreviousInvocationFailed" });

  await worker.revert({ lastInvocations: 1 });
  expect(await worker.invoke("fetch-order", "7")).toEqual(order);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

test("gives up at once what no retry can mend: a 404, a setting that is missing", async ({ golem, upstream }) => {
  upstream.on("/orders/7").fails(9, 404);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });
  const unset = await golem.worker("http-caller");

  await expect(worker.invoke("fetch-order", "7")).rejects.toMatchObject({
    details: expect.stringContaining("orders said 404 (execution 1); given up"),
  });
  await expect(unset.invoke("fetch-order", "7")).rejects.toMatchObject({
    details: expect.stringContaining("ORDERS_URL is not set: give it to the worker as environment variable; given up"),
  });

  expect(upstream.requests()).toHaveLength(1);
  for (const each of [worker, unset])
    expect((await each.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
});

test("asks again after 408, 425 and 429 as after a 5xx", async ({ golem, upstream }) => {
  upstream.on("/orders/7").fails(1, 408).fails(1, 425).fails(1, 429).then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });

  expect(await worker.invoke("fetch-order", "7")).toEqual(order);

  expect(upstream.requests("/orders/7")).toHaveLength(4);
  expect(await worker.oplog()).toHaveRetriedWith(patient);
});

test("a crash in the middle asks once more, and counts for nothing", async ({ golem, upstream }) => {
  upstream.on("/orders/7").fails(1, 503).hangs(1).then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });

  const answer = worker.invoke("fetch-order", "7");
  await upstream.requested("/orders/7", 2);
  await worker.crash();
  upstream.release("/orders/7");

  expect(await answer).toEqual(order);
  expect(upstream.requests("/orders/7")).toHaveLength(3);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

test("for comparison: an override alone decides the count and the waits, and the service is asked once", async ({
  golem,
  upstream,
}) => {
  upstream.on("/orders/7").fails(1, 503).then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });

  await expect(worker.invoke("fetch-order-replayed", "7")).rejects.toMatchObject({ type: "RuntimeError" });

  expect(upstream.requests("/orders/7")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(patient);
});
