import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const payment = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 3 });
const stock = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });

await demo("order-saga", { payment, stock }, async ({ golem, upstream, run, check, checkRetries }) => {
  upstream.on("/payments/o1").fails(1).then("paid");
  upstream.on("/stock/tea").fails(2).then("reserved");
  upstream.on("/shipments/o1").then("parcel 17");
  const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });
  const outcome = await run(
    {
      title: "three steps, three policies",
      text: "Payment is tried soon, stock patiently; each step sends one idempotency key.",
      worker,
    },
    () => worker.invoke("place-order", { id: "o1", item: "tea", amount: 42 }),
  );
  check("the order was shipped", outcome, { shipped: "parcel 17" });
  await checkRetries("each step had its own policy", worker, payment, stock);

  upstream.on("/payments/o2").fails(9, 402);
  const poor = await golem.worker("order-saga", { SHOP_URL: upstream.url });
  const cancelled = await run(
    {
      title: "a payment that never works",
      text: "Two retries, and the caller of the step gets the error: there is nothing to undo.",
      worker: poor,
    },
    () => poor.invoke("place-order", { id: "o2", item: "tea", amount: 42 }),
  );
  check("the order was cancelled", cancelled, { cancelled: "POST /payments/o2 said 402" });
  check("the payment was asked for three times", upstream.requests("/payments/o2").length, 3);
});
