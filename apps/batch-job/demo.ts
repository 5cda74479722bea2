import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const steady = retryPolicy({ retries: 6, minDelay: "200ms", maxDelay: "5s", multiplier: 2 });
const strict = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "150ms", multiplier: 1.5 });

await demo("batch-job", { steady, strict }, async ({ golem, upstream, run, check, checkRetries }) => {
  upstream.on("/items/tea").fails(2, 503).then("3 EUR");
  upstream.on("/items/tea/charge").then("charged");
  upstream.on("/items/poison").then("1 EUR");
  upstream.on("/items/poison/charge").fails(99, 422);
  upstream.on("/items/salt").then("2 EUR");
  upstream.on("/items/salt/charge").fails(1, 500).then("charged");
  const worker = await golem.worker("batch-job", { SHOP_URL: upstream.url });
  const report = await run(
    {
      title: "three items, one of them poisoned",
      text: "Reading retries under the policy steady, charging under strict. A 422 is given up at once, and the item is reported.",
      worker,
    },
    () => worker.invoke("run-batch", ["tea", "poison", "salt"]),
  );
  check("two items are done, the poisoned one is reported", report, {
    done: ["tea", "salt"],
    poisoned: [{ item: "poison", reason: "POST /items/poison/charge said 422" }],
  });
  check(
    "the poisoned one was charged once, because a 422 is not retried",
    upstream.requests("/items/poison/charge").length,
    1,
  );
  check("no finished work was repeated", upstream.requests("/items/tea/charge").length, 1);
  await checkRetries("each step had its own policy", worker, steady, strict);
});
