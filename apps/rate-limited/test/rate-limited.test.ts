import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, reply, test } from "golem-testkit";

/** As in src/main.ts, with its jitter. */
const polite = retryPolicy({ retries: 10, minDelay: "1s", maxDelay: "20s", multiplier: 2, jitter: 0.1 });

test("Retry-After in seconds decides the wait, whatever the policy says", async ({ golem, upstream }) => {
  upstream
    .on("/quotes/ACME")
    .answers(2, reply(429, "slow down", { "retry-after": "7" }))
    .then("12.50");
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });

  expect(await worker.invoke("quote", "ACME")).toEqual({ ok: "12.50" });

  expect(upstream.requests("/quotes/ACME")).toHaveLength(3);
  expect(await worker.oplog()).toHaveRetriedWith(polite, { retryAfter: ["7s", "7s"] });
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/retry-after.txt");
});

test("where the service says nothing, the policy decides, jitter included", async ({ golem, upstream }) => {
  upstream.on("/quotes/ACME").fails(3, 500).then("12.50");
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });

  expect(await worker.invoke("quote", "ACME")).toEqual({ ok: "12.50" });

  expect(upstream.requests("/quotes/ACME")).toHaveLength(4);
  expect(await worker.oplog()).toHaveRetriedWith(polite, { retryAfter: [] });
  expect(await worker.oplog()).not.toHaveRetriedWith(retryPolicy({ ...polite, jitter: 0 }));
});

// On a server, 50 seconds of waiting are 50 seconds.
test.skipIf(process.env.GOLEM_URL)(
  "waits no longer than 20 seconds between two requests",
  async ({ golem, upstream }) => {
    upstream.on("/quotes/ACME").fails(6, 500).then("12.50");
    const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });

    expect(await worker.invoke("quote", "ACME")).toEqual({ ok: "12.50" });

    expect(upstream.requests("/quotes/ACME")).toHaveLength(7);
    expect(await worker.oplog()).toHaveRetriedWith(polite);
  },
);

// A server's time cannot be moved on.
test.skipIf(process.env.GOLEM_URL)(
  "asks again when no answer has come for ten seconds",
  async ({ golem, upstream }) => {
    upstream.on("/quotes/ACME").hangs(1).then("12.50");
    const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });
    golem.time?.hold();

    const quote = worker.invoke("quote", "ACME");
    await upstream.requested("/quotes/ACME", 1);
    await golem.time?.advance(9_999);
    expect(upstream.requests("/quotes/ACME")).toHaveLength(1);
    await golem.time?.advance(1);
    golem.time?.release();
    upstream.release("/quotes/ACME"); // too late: nobody waits for this answer any more

    expect(await quote).toEqual({ ok: "12.50" });
    expect(upstream.requests("/quotes/ACME")).toHaveLength(2);
    expect(await worker.oplog()).toHaveRetriedWith(polite);
  },
);

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

test("gives up at once what no retry can mend: an unknown symbol, a setting that is missing", async ({
  golem,
  upstream,
}) => {
  upstream.on("/quotes/NONE").fails(9, 404);
  const worker = await golem.worker("rate-limited", { QUOTES_URL: upstream.url });
  const unset = await golem.worker("rate-limited");

  expect(await worker.invoke("quote", "NONE")).toEqual({ err: "quotes said 404" });
  expect(await unset.invoke("quote", "NONE")).toEqual({ err: expect.stringContaining("QUOTES_URL is not set") });

  expect(upstream.requests()).toHaveLength(1);
  for (const each of [worker, unset])
    expect((await each.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
});
