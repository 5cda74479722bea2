import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const payment = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 3 });
const stock = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });
const shipping = retryPolicy({ retries: 6, minDelay: "30s", maxDelay: "20m", multiplier: 2.5 });
const undoing = retryPolicy({ retries: 200, minDelay: "1s", maxDelay: "1h", multiplier: 3 });
const order = { id: "o1", item: "tea", amount: 42 };

/** Idempotency keys that came with a path's requests. */
const keys = (requests: { headers: Record<string, unknown> }[]) =>
  new Set(requests.map(({ headers }) => headers["idempotency-key"]));

test("each step has its own policy, and sends the same key however often it is executed", async ({
  golem,
  upstream,
}) => {
  upstream.on("/payments/o1").fails(1).then("paid");
  upstream.on("/stock/tea").fails(2).then("reserved");
  upstream.on("/shipments/o1").fails(1).then("parcel 17");
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  expect(await worker.invoke("place-order", order)).toEqual({ shipped: "parcel 17" });

  expect(upstream.requests().map(({ method, path }) => `${method} ${path}`)).toEqual([
    ...Array(2).fill("POST /payments/o1"),
    ...Array(3).fill("POST /stock/tea"),
    ...Array(2).fill("POST /shipments/o1"),
  ]);
  const each = ["/payments/o1", "/stock/tea", "/shipments/o1"].map((path) => keys(upstream.requests(path)));
  expect(each.map(({ size }) => size)).toEqual([1, 1, 1]);
  expect(new Set(each.flatMap((set) => [...set])).size).toBe(3);
  expect(await worker.oplog()).toHaveRetriedWith(payment, stock, shipping);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

// On a server an hour of waiting is an hour.
test.skipIf(process.env.GOLEM_URL)(
  "shipping runs out of retries: stock and payment are given back, in that order, and again if need be",
  async ({ golem, upstream }) => {
    upstream.on("/payments/o1").answers(1, "paid").fails(2).then("given back");
    upstream.on("/stock/tea").then("fine");
    upstream.on("/shipments/o1").fails(99, 502);
    const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

    expect(await worker.invoke("place-order", order)).toEqual({ cancelled: "POST /shipments/o1 said 502" });

    expect(upstream.requests("/shipments/o1")).toHaveLength(7);
    expect(
      upstream
        .requests()
        .slice(9)
        .map(({ method, path }) => `${method} ${path}`),
    ).toEqual(["DELETE /stock/tea", ...Array(3).fill("DELETE /payments/o1")]);
    expect(await worker.oplog()).toHaveRetriedWith(shipping, undoing);
    expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
    await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/compensated.txt");
  },
);

test("the stock service gives no answer until the step gives up: the order stays cancelled when the worker recovers", async ({
  golem,
  upstream,
}) => {
  upstream.on("/payments/o1").then("paid");
  upstream.on("/stock/tea").resets(6).then("reserved");
  upstream.on("/shipments/o1").then("parcel 17");
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  const idempotencyKey = "order o1";
  const cancelled = { cancelled: "NetworkError when attempting to fetch resource" };
  expect(await worker.invokeWith({ idempotencyKey }, "place-order", order)).toEqual(cancelled);

  const asked = ["POST /payments/o1", ...Array(6).fill("POST /stock/tea"), "DELETE /payments/o1"];
  const requests = () => upstream.requests().map(({ method, path }) => `${method} ${path}`);
  expect(requests()).toEqual(asked);

  for (const _ of [1, 2]) {
    await worker.crash(); // the stock service is up again
    expect(await worker.invokeWith({ idempotencyKey }, "place-order", order)).toEqual(cancelled);
  }
  expect(requests()).toEqual(asked);

  const other = { ...order, id: "o2" };
  upstream.on("/payments/o2").then("paid");
  upstream.on("/shipments/o2").then("parcel 18");
  expect(await worker.invoke("place-order", other)).toEqual({ shipped: "parcel 18" });
}, 120_000); // on a server half a minute of waiting is half a minute

test("a card is declined: a 402 is not asked again, and nothing is undone", async ({ golem, upstream }) => {
  upstream.on("/payments/o1").fails(99, 402);
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  expect(await worker.invoke("place-order", order)).toEqual({ cancelled: "POST /payments/o1 said 402" });

  expect(upstream.requests().map(({ method }) => method)).toEqual(["POST"]);
});

test("a payment that is down is asked for three times, and nothing is undone", async ({ golem, upstream }) => {
  upstream.on("/payments/o1").fails(99, 503);
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  expect(await worker.invoke("place-order", order)).toEqual({ cancelled: "POST /payments/o1 said 503" });

  expect(upstream.requests().map(({ method }) => method)).toEqual(["POST", "POST", "POST"]);
  expect(await worker.oplog()).toHaveRetriedWith(payment);
});

test("the carrier refuses: what was done is undone at once", async ({ golem, upstream }) => {
  upstream.on("/payments/o1").then("fine");
  upstream.on("/stock/tea").then("fine");
  upstream.on("/shipments/o1").fails(99, 422);
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  expect(await worker.invoke("place-order", order)).toEqual({ cancelled: "POST /shipments/o1 said 422" });

  expect(upstream.requests().map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /payments/o1",
    "POST /stock/tea",
    "POST /shipments/o1",
    "DELETE /stock/tea",
    "DELETE /payments/o1",
  ]);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

test("a compensation that is refused fails the worker, for a person to look at", async ({ golem, upstream }) => {
  upstream.on("/payments/o1").answers(1, "paid").fails(9, 409);
  upstream.on("/stock/tea").fails(9, 404);
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  await expect(worker.invoke("place-order", order)).rejects.toMatchObject({
    details: expect.stringContaining("DELETE /payments/o1 said 409"),
  });

  expect(upstream.requests("/payments/o1").map(({ method }) => method)).toEqual(["POST", "DELETE"]);
  expect(await worker.metadata()).toMatchObject({ status: "Failed" });
  expect((await worker.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(2); // one for each step
});

test("a setting that is missing cancels the order at once", async ({ golem }) => {
  const worker = await golem.worker("order-saga");

  expect(await worker.invoke("place-order", order)).toEqual({
    cancelled: "SHOP_URL is not set: give it to the worker as environment variable",
  });

  expect((await worker.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
});

test("a crash between the steps pays once", async ({ golem, upstream }) => {
  upstream.on("/payments/o1").then("paid");
  upstream.on("/stock/tea").hangs(1).then("reserved");
  upstream.on("/shipments/o1").then("parcel 17");
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });

  const outcome = worker.invoke("place-order", order);
  await upstream.requested("/stock/tea", 1);
  await worker.crash();
  upstream.release("/stock/tea");

  expect(await outcome).toEqual({ shipped: "parcel 17" });
  expect(upstream.requests("/payments/o1")).toHaveLength(1);
  expect(keys(upstream.requests("/stock/tea")).size).toBe(1);
});
