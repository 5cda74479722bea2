import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const twice = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });

await demo("docs-pattern", { twice }, async ({ golem, upstream, run, check, checkRetries }) => {
  const cases = [
    {
      name: "as-documented",
      text: "try / finally: the old policy is back before the error has left the function, and Golem decides only then.",
      decides: golem.defaultPolicy,
      asked: 1,
    },
    {
      name: "decides",
      text: "Put back on success only: the override decides. The recorded 503 is replayed, the service is not asked again.",
      decides: twice,
      asked: 1,
    },
    {
      name: "asks-again",
      text: "The durable step: the override decides, and the service is asked again.",
      decides: twice,
      asked: 3,
    },
  ];
  for (const { name, text, decides, asked } of cases) {
    const path = `/answers/${name}`;
    upstream.on(path).fails(2, 503).then("an answer");
    const worker = await golem.worker("docs-pattern", { SERVICE_URL: upstream.url });
    const answer = await run({ title: name, text, worker }, () => worker.invoke(name, name));
    check(`the service was asked ${asked === 1 ? "once" : `${asked} times`}`, upstream.requests(path).length, asked);
    check(asked === 3 ? "the answer came" : "the worker failed", answer instanceof Error, asked !== 3);
    await checkRetries(`${decides === twice ? "the override" : "the server's own policy"} decided`, worker, decides);
  }
});
