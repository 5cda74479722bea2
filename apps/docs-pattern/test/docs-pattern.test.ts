import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const twice = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });

test("try / finally: the server's policy decides, and the service is asked once", async ({ golem, upstream }) => {
  golem.expectHazard("policy-restored-by-failing-call");
  upstream.on("/answers/1").fails(1, 503).then("an answer");
  const worker = await golem.worker("docs-pattern", { SERVICE_URL: upstream.url });

  await expect(worker.invoke("as-documented", "1")).rejects.toMatchObject({ type: "RuntimeError" });

  expect(upstream.requests("/answers/1")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(golem.defaultPolicy);
  expect(await worker.oplog()).not.toHaveRetriedWith(twice);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/as-documented.txt");
});

test("restored on success only: the override decides, and the service is asked once", async ({ golem, upstream }) => {
  upstream.on("/answers/1").fails(1, 503).then("an answer");
  const worker = await golem.worker("docs-pattern", { SERVICE_URL: upstream.url });

  await expect(worker.invoke("decides", "1")).rejects.toMatchObject({ type: "RuntimeError" });

  expect(upstream.requests("/answers/1")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(twice);
});

test("a durable step: the override decides, and the service is asked again", async ({ golem, upstream }) => {
  upstream.on("/answers/1").fails(2, 503).then("an answer");
  const worker = await golem.worker("docs-pattern", { SERVICE_URL: upstream.url });

  expect(await worker.invoke("asks-again", "1")).toBe("an answer");

  expect(upstream.requests("/answers/1")).toHaveLength(3);
  expect(await worker.oplog()).toHaveRetriedWith(twice);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

test("a durable step gives up at once what no retry can mend", async ({ golem, upstream }) => {
  upstream.on("/answers/1").fails(9, 404);
  const worker = await golem.worker("docs-pattern", { SERVICE_URL: upstream.url });
  const unset = await golem.worker("docs-pattern");

  await expect(worker.invoke("asks-again", "1")).rejects.toMatchObject({
    details: expect.stringContaining("the service said 404; given up"),
  });
  await expect(unset.invoke("asks-again", "1")).rejects.toMatchObject({
    details: expect.stringContaining("SERVICE_URL is not set"),
  });

  expect(upstream.requests("/answers/1")).toHaveLength(1);
  for (const each of [worker, unset])
    expect((await each.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
});

test("all three do the same, and restore, when nothing fails", async ({ golem, upstream }) => {
  upstream.on("/answers/1").then("an answer");
  const worker = await golem.worker("docs-pattern", { SERVICE_URL: upstream.url });

  for (const name of ["as-documented", "decides", "asks-again"])
    expect(await worker.invoke(name, "1")).toBe("an answer");

  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});
