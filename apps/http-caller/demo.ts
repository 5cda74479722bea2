import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const patient = retryPolicy({ retries: 5, minDelay: "500ms", maxDelay: "10s", multiplier: 2 });
const order = { id: "7", status: "paid", total: 42 };

await demo("http-caller", { patient }, async ({ golem, upstream, run, check, checkFailed, checkRetries }) => {
  upstream.on("/orders/7").fails(3, 503).then(order);
  const worker = await golem.worker("http-caller", { ORDERS_URL: upstream.url });
  const answer = await run(
    {
      title: "an order service that is slow to wake",
      text: "A durable step. Each failure traps the worker, and Golem runs the step again under the policy in the source.",
      worker,
    },
    () => worker.invoke("fetch-order", "7"),
  );
  check("the order came", answer, order);
  check("the service was asked four times", upstream.requests("/orders/7").length, 4);
  await checkRetries("its own policy decided the number of retries and the delays", worker, patient);

  upstream.on("/orders/8").fails(1, 503).then(order);
  const other = await golem.worker("http-caller", { ORDERS_URL: upstream.url });
  const failure = await run(
    {
      title: "for comparison, the same policy as a plain override",
      text: "The override decides how often and when Golem retries the worker. But the 503 is on record, and each retry replays it.",
      worker: other,
    },
    () => other.invoke("fetch-order-replayed", "8"),
  );
  checkFailed("the worker failed", failure, "orders said 503");
  check("the service was asked once", upstream.requests("/orders/8").length, 1);
  await checkRetries("the override decided the number of retries and the delays", other, patient);
});
