import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const patient = retryPolicy({ retries: 3, minDelay: "1s", maxDelay: "10s", multiplier: 2 });

await demo("my-app", { patient }, async ({ golem, upstream, run, check, checkRetries }) => {
  upstream.on("/work/1").fails(1, 503).then("done");
  const worker = await golem.worker("my-app", { SERVICE_URL: upstream.url });
  const answer = await run(
    { title: "a service that fails once", text: "Golem runs the step again, a second later.", worker },
    () => worker.invoke("work", "1"),
  );
  check("the answer came", answer, "done");
  await checkRetries("its own policy decided", worker, patient);
});
