import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/app.py. */
const patient = retryPolicy({ retries: 5, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });

/** What src/service.py raises. */
const thrown = "the service answered 503 to request 1";

await demo("python", { patient }, async ({ golem, run, check, checkFailed, checkRetries }) => {
  const orders = await golem.worker("python");
  const newOrder = () => `order-${crypto.randomUUID()}`;

  const documented = { worker: await golem.worker("python"), order: newOrder() };
  const lost = await run(
    {
      title: "as-documented",
      text: "`finally` restores the old policy before the exception leaves the function, and Golem decides only then.",
      worker: documented.worker,
    },
    () => documented.worker.invoke("as-documented", documented.order, 99),
  );
  checkFailed("the worker failed", lost, thrown);
  check("the service was asked once", await orders.invoke("requests", documented.order), 1);
  await checkRetries("the server's own policy decided", documented.worker, golem.defaultPolicy);

  const decides = { worker: await golem.worker("python"), order: newOrder() };
  const failure = await run(
    {
      title: "decides",
      text: "`with retry_policy(...)` restores on success only. Golem replays the recorded failure under the override.",
      worker: decides.worker,
    },
    () => decides.worker.invoke("decides", decides.order, 99),
  );
  checkFailed("the worker failed", failure, thrown);
  check("the service was asked once", await orders.invoke("requests", decides.order), 1);
  await checkRetries("the override decided", decides.worker, patient);

  const again = { worker: await golem.worker("python"), order: newOrder() };
  const answer = await run(
    {
      title: "runs-again",
      text: "`with atomic_region()` asks the service again. Golem 1.2 doesn't bound the number of executions.",
      worker: again.worker,
    },
    () => again.worker.invoke("runs-again", again.order, 2),
  );
  check("the third request was answered", answer, 3);
  check("the service was asked 3 times", await orders.invoke("requests", again.order), 3);
});
