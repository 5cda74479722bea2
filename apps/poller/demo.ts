import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const starting = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });

await demo("poller", { starting }, async ({ golem, upstream, run, check, checkRetries }) => {
  upstream.on("/jobs").fails(2, 503).then("job-1");
  upstream.on("/jobs/job-1").then("done:42 pages");
  const worker = await golem.worker("poller", { JOBS_URL: upstream.url });
  const result = await run(
    {
      title: "a job that is started at the third attempt",
      text: "The idempotency key makes several requests start only one job. The test polls for six hours, which pass at once in virtual time.",
      worker,
    },
    () => worker.invoke("run-job", "print"),
  );
  check("the result came", result, "42 pages");
  const keys = new Set(upstream.requests("/jobs").map(({ headers }) => headers["idempotency-key"]));
  check("three requests, one key", [upstream.requests("/jobs").length, keys.size], [3, 1]);
  await checkRetries("the policy for starting decided", worker, starting);
});
