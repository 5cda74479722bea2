import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

const generous = retryPolicy({ retries: 4, minDelay: "200ms", maxDelay: "1s", multiplier: 2 });

await demo("tenant-config", { generous }, async ({ golem, upstream, run, checkFailed, checkRetries }) => {
  upstream.on("/job").fails(1).then("fine");
  const worker = await golem.worker("tenant-config", { TENANT_URL: upstream.url });
  const findings = (await worker.invoke("configure", {
    retries: 4,
    "min-delay-ms": 200,
    "max-delay-ms": 1000,
    multiplier: 2,
  })) as { ok: string[] };
  for (const finding of findings.ok) console.log(`lint: ${finding}`);
  await worker.crash();
  const failure = await run(
    {
      title: "a policy for a worker's life",
      text: "One call sets the policy. The policy is still in force in the next call, although the worker crashed in between.",
      worker,
    },
    () => worker.invoke("work", "/job"),
  );
  checkFailed("the work failed", failure, "the tenant's service said 503");
  await checkRetries("the tenant's policy decided", worker, generous);
});
