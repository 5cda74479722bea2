import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const payment = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 3 });
const stock = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });
const shipping = retryPolicy({ retries: 6, minDelay: "30s", maxDelay: "20m", multiplier: 2.5 });
const undoing = retryPolicy({ retries: 200, minDelay: "1s", maxDelay: "1h", multiplier: 3 });

await demo(
  "order-saga",
  { payment, stock, shipping, undoing },
  async ({ golem, upstream, run, check, checkRetries }) => {
    const place = async (order: { id: string; item: string; amount: number }, title: string, text: string) => {
      const worker = await golem.worker("order-saga", { SHOP_URL: upstream.url });
      return { worker, outcome: await run({ title, text, worker }, () => worker.invoke("place-order", order)) };
    };

    upstream.on("/payments/o1").fails(1).then("paid");
    upstream.on("/stock/tea").fails(2).then("reserved");
    upstream.on("/shipments/o1").then("parcel 17");
    const shipped = await place(
      { id: "o1", item: "tea", amount: 42 },
      "three steps, three policies",
      "Payment retries quickly and stock retries patiently. All requests of a step send the same idempotency key.",
    );
    check("the order was shipped", shipped.outcome, { shipped: "parcel 17" });
    await checkRetries("each step had its own policy", shipped.worker, payment, stock);

    upstream.on("/payments/o2").fails(9, 402);
    const declined = await place(
      { id: "o2", item: "tea", amount: 42 },
      "a card that is declined",
      "No retry can fix a 402. The step gives up at once and throws the error to its caller. There is nothing to undo.",
    );
    check("the order was cancelled", declined.outcome, { cancelled: "POST /payments/o2 said 402" });
    check("the payment was asked for once", upstream.requests("/payments/o2").length, 1);

    upstream.on("/payments/o3").answers(1, "paid").fails(1).then("given back");
    upstream.on("/stock/ice").then("fine");
    upstream.on("/shipments/o3").fails(9, 422);
    const refused = await place(
      { id: "o3", item: "ice", amount: 7 },
      "a carrier that refuses",
      "Payment and stock succeeded. The saga undoes them in the opposite order, under the policy undoing.",
    );
    check("the order was cancelled, with the carrier's reason", refused.outcome, {
      cancelled: "POST /shipments/o3 said 422",
    });
    const undone = upstream.requests().flatMap(({ method, path }) => (method === "DELETE" ? [path] : []));
    check("the stock came back first, then the money", undone, ["/stock/ice", "/payments/o3", "/payments/o3"]);
    await checkRetries(
      "shipping gave up, and giving the money back was retried under undoing",
      refused.worker,
      shipping,
      undoing,
    );
  },
);
