import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, reply, test } from "golem-testkit";

/** As in src/main.ts, with its jitter. */
const polite = retryPolicy({ retries: 10, minDelay: "1s", maxDelay: "20s", multiplier: 2, jitter: 0.1 });

/** Milliseconds from each request's answer on record to the next request, by the worker's own clock. */
function pauses(entries: { entry: { type: string; timestamp: string } }[]): number[] {
  const begins = entries
    .filter(({ entry }) => entry.type === "BeginRemoteWrite")
    .map(({ entry }) => Date.parse(entry.timestamp));
  return begins.slice(1).map((at, i) => at - (begins[i] as number));
}

test("Retry-After in seconds decides the wait, whatever the policy says", async ({ golem, upstream }) => {
  upstream
    .on("/quotes/ACME")
    .answers(2, reply(429, "slow down", { "retry-after": "7" }))
    .then("12.50");
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });

  expect(await worker.invoke("quote", "ACME")).toEqual({ ok: "12.50" });

  expect(upstream.requests("/quotes/ACME")).toHaveLength(3);
  for (const pause of pauses(await worker.oplog())) expect(pause).toBeGreaterThanOrEqual(7000);
  for (const pause of pauses(await worker.oplog())) expect(pause).toBeLessThan(7500);
  expect(await worker.oplog()).not.toHaveRetriedWith(polite);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/retry-after.txt");
});

test("where the service says nothing, the policy decides, jitter included", async ({ golem, upstream }) => {
  upstream.on("/quotes/ACME").fails(3, 500).then("12.50");
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });

  expect(await worker.invoke("quote", "ACME")).toEqual({ ok: "12.50" });

  expect(upstream.requests("/quotes/ACME")).toHaveLength(4);
  expect(await worker.oplog()).toHaveRetriedWith(polite);
});

test("a wait that would end after the deadline is not begun: the caller gets the error", async ({
  golem,
  upstream,
}) => {
  upstream
    .on("/quotes/ACME")
    .answers(99, reply(429, "come back tomorrow", { "retry-after": "86400" }))
    .then("12.50");
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });

  expect(await worker.invoke("quote", "ACME")).toEqual({ err: "quotes are rationed: come back tomorrow" });

  expect(upstream.requests("/quotes/ACME")).toHaveLength(1);
  expect(await worker.metadata()).not.toMatchObject({ status: "Failed" });
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});
