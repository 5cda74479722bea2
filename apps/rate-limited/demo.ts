import { retryPolicy } from "golem-retry/policy";
import { demo } from "golem-testkit/demo";
import { reply } from "golem-testkit/upstream";

/** As in src/main.ts. */
const polite = retryPolicy({ retries: 10, minDelay: "1s", maxDelay: "20s", multiplier: 2, jitter: 0.1 });

await demo("rate-limited", { polite }, async ({ golem, upstream, run, check, checkRetries }) => {
  upstream
    .on("/quotes/ACME")
    .answers(2, reply(429, "slow down", { "retry-after": "2" }))
    .then("12.50");
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });
  const quote = await run(
    {
      title: "429, and Retry-After",
      text: "The service says when to come back, and this decides both delays: two seconds each.",
      worker,
    },
    () => worker.invoke("quote", "ACME"),
  );
  check("the quote came", quote, { ok: "12.50" });
  check("the service was asked three times", upstream.requests("/quotes/ACME").length, 3);
  await checkRetries("the service decided both waits", worker, polite, { retryAfter: ["2s", "2s"] });

  upstream
    .on("/quotes/LATE")
    .answers(9, reply(429, "come back tomorrow", { "retry-after": "86400" }))
    .then("1");
  const late = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });
  const refused = await run(
    {
      title: "a deadline",
      text: "The service says to come back tomorrow. The deadline is one minute, so the caller gets the error now.",
      worker: late,
    },
    () => late.invoke("quote", "LATE"),
  );
  check("the caller has the reason", refused, { err: "quotes are rationed: come back tomorrow" });
});
