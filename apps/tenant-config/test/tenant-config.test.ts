import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

const generous = { retries: 4, "min-delay-ms": 200, "max-delay-ms": 1000, multiplier: 2 };
const policy = retryPolicy({ retries: 4, minDelay: "200ms", maxDelay: "1s", multiplier: 2 });

test("what a tenant sets decides in later calls, also after a crash", async ({ golem, upstream }) => {
  upstream.on("/job").fails(1).then("fine");
  const worker = await golem.worker("tenant-config", { TENANT_URL: upstream.url });

  expect(await worker.invoke("configure", generous)).toMatchObject({ ok: expect.any(Array) });
  await worker.crash();
  expect(await worker.invoke("configured")).toEqual(generous);

  await expect(worker.invoke("work", "/job")).rejects.toMatchObject({ type: "RuntimeError" });
  expect(upstream.requests("/job")).toHaveLength(1);
  expect(await worker.oplog()).toHaveRetriedWith(policy);
  expect(await worker.oplog()).toEndUnder(policy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/configured.txt");
});

test("reset puts back what was in force before the first", async ({ golem, upstream }) => {
  const worker = await golem.worker("tenant-config", { TENANT_URL: upstream.url });
  const before = await worker.invoke("configured");

  await worker.invoke("configure", generous);
  await worker.invoke("configure", { ...generous, retries: 9 });
  await worker.invoke("reset");

  expect(await worker.invoke("configured")).toEqual(before);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});

test("what Golem would silently change is said", async ({ golem }) => {
  const worker = await golem.worker("tenant-config");

  const { ok } = (await worker.invoke("configure", { ...generous, multiplier: 1.5 })) as { ok: string[] };

  expect(ok.join("\n")).toMatch(/multiplier/);
});

test("a bad value is refused, and nothing is changed", async ({ golem }) => {
  const worker = await golem.worker("tenant-config");
  const before = await worker.invoke("configured");

  expect(await worker.invoke("configure", { ...generous, multiplier: -1 })).toEqual({
    err: expect.stringMatching(/multiplier.*-1/),
  });

  expect(await worker.invoke("configured")).toEqual(before);
});

test("what no retry can mend fails at once, and a revert brings the tenant's policy back", async ({
  golem,
  upstream,
}) => {
  upstream.on("/job").fails(1, 404).then("fine");
  const worker = await golem.worker("tenant-config", { TENANT_URL: upstream.url });
  const unset = await golem.worker("tenant-config");

  await worker.invoke("configure", generous);
  await expect(worker.invoke("work", "/job")).rejects.toMatchObject({
    details: expect.stringContaining("the tenant's service said 404"),
  });
  await expect(unset.invoke("work", "/job")).rejects.toMatchObject({
    details: expect.stringContaining("TENANT_URL is not set"),
  });

  for (const each of [worker, unset])
    expect((await each.oplog()).filter(({ entry }) => entry.type === "Error")).toHaveLength(1);
  await worker.revert({ lastInvocations: 1 });
  expect(await worker.invoke("work", "/job")).toBe("fine");
  expect(await worker.oplog()).toEndUnder(policy);
});
