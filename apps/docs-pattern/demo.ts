import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";

/** As in src/main.ts. */
const twice = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });

await demo("docs-pattern", { twice }, async ({ golem, upstream, run, check, checkFailed, checkRetries }) => {
  const cases = [
    {
      name: "as-documented",
      text: "The documented try/finally. The old policy is back before the error leaves the function, and only then does Golem decide.",
      decides: golem.defaultPolicy,
      asked: 1,
    },
    {
      name: "decides",
      text: "The old policy is restored on success only, so the override decides. Each retry replays the recorded 503 and sends no request.",
      decides: twice,
      asked: 1,
    },
    {
      name: "asks-again",
      text: "A durable step. The override decides, and each retry sends the request again.",
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
    if (asked === 3) check("the answer came", answer, "an answer");
    else checkFailed("the worker failed", answer, "the service said 503");
    await checkRetries(`${decides === twice ? "the override" : "the server's own policy"} decided`, worker, decides);
  }
});
