import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const receiver = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2.5 });

test("a receiver that is dead costs the others nothing, and is on the list", async ({ golem, upstream }) => {
  upstream.on("/a").fails(2).then("thanks");
  upstream.on("/dead").fails(99, 500);
  upstream.on("/b").then("thanks");
  const worker = await golem.worker("webhook-delivery");
  const [a, dead, b] = ["/a", "/dead", "/b"].map((path) => upstream.url + path);

  const letter = { destination: dead, reason: "said 500" };
  expect(await worker.invoke("deliver", "paid", [a, dead, b])).toEqual({ delivered: 2, dead: [letter] });

  expect(["/a", "/dead", "/b"].map((path) => upstream.requests(path).length)).toEqual([3, 6, 1]);
  expect(await worker.oplog()).toHaveRetriedWith(receiver);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/one-dead.txt");

  await worker.crash();
  expect(await worker.invoke("dead-letters")).toEqual([letter]);
});

test("a receiver that refuses gets no second request, and an invalid URL gets none", async ({ golem, upstream }) => {
  upstream.on("/gone").fails(9, 410);
  const worker = await golem.worker("webhook-delivery");
  const gone = `${upstream.url}/gone`;

  expect(await worker.invoke("deliver", "paid", [gone, "no receiver"])).toEqual({
    delivered: 0,
    dead: [
      { destination: gone, reason: "said 410" },
      { destination: "no receiver", reason: "is no URL" },
    ],
  });

  expect(upstream.requests()).toHaveLength(1);
});

test("each receiver gets one key, the same in all executions", async ({ golem, upstream }) => {
  for (const path of ["/a", "/b"]) upstream.on(path).fails(1).then("thanks");
  const worker = await golem.worker("webhook-delivery");

  await worker.invoke("deliver", "paid", [`${upstream.url}/a`, `${upstream.url}/b`]);

  const keys = ["/a", "/b"].map(
    (path) => new Set(upstream.requests(path).map(({ headers }) => headers["idempotency-key"])),
  );
  expect(keys.map(({ size }) => size)).toEqual([1, 1]);
  expect(new Set(keys.flatMap((set) => [...set])).size).toBe(2);
});

test("a crash in the middle delivers to nobody twice", async ({ golem, upstream }) => {
  upstream.on("/a").then("thanks");
  upstream.on("/b").hangs(1).then("thanks");
  const worker = await golem.worker("webhook-delivery");

  const report = worker.invoke("deliver", "paid", [`${upstream.url}/a`, `${upstream.url}/b`]);
  await upstream.requested("/b", 1);
  await worker.crash();
  upstream.release("/b");

  expect(await report).toEqual({ delivered: 2, dead: [] });
  expect(upstream.requests("/a")).toHaveLength(1);
});

// A server's time cannot be moved on.
test.skipIf(process.env.GOLEM_URL)(
  "a receiver that does not answer is asked again after ten seconds",
  async ({ golem, upstream }) => {
    upstream.on("/slow").hangs(1).then("thanks");
    const worker = await golem.worker("webhook-delivery");
    golem.time?.hold();

    const report = worker.invoke("deliver", "paid", [`${upstream.url}/slow`]);
    await upstream.requested("/slow", 1);
    await golem.time?.advance(9_999);
    expect(upstream.requests("/slow")).toHaveLength(1);
    await golem.time?.advance(1);
    golem.time?.release();
    upstream.release("/slow"); // too late: nobody waits for this answer any more

    expect(await report).toEqual({ delivered: 1, dead: [] });
    expect(upstream.requests("/slow")).toHaveLength(2);
    expect(await worker.oplog()).toHaveRetriedWith(receiver);
  },
);
