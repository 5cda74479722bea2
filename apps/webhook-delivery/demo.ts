import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const receiver = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2.5 });

await demo("webhook-delivery", { receiver }, async ({ golem, upstream, run, check, checkRetries }) => {
  upstream.on("/a").fails(2).then("thanks");
  upstream.on("/gone").fails(9, 410);
  upstream.on("/b").then("thanks");
  const worker = await golem.worker("webhook-delivery");
  const all = ["/a", "/gone", "/b"].map((path) => upstream.url + path);
  const report = await run(
    {
      title: "three receivers, one of them gone",
      text: "The first receiver recovers. The second answers 410 and gets no further request. The third answers at once.",
      worker,
    },
    () => worker.invoke("deliver", "paid", all),
  );
  check("two got the event, one is a dead letter", report, {
    delivered: 2,
    dead: [{ destination: all[1], reason: "said 410" }],
  });
  check("the receiver that is gone was asked once", upstream.requests("/gone").length, 1);
  await checkRetries("the receivers' policy decided", worker, receiver);
});
