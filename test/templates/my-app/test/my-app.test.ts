import { retryPolicy } from "golem-retry/policy";
import { expect, oplogText, test } from "golem-testkit";

/** As in src/main.ts. */
const patient = retryPolicy({ retries: 3, minDelay: "1s", maxDelay: "10s", multiplier: 2 });

test("asks again under its own policy, and leaves the old one in force", async ({ golem, upstream }) => {
  upstream.on("/work/1").fails(1, 503).then("done");
  const worker = await golem.worker("my-app", { SERVICE_URL: upstream.url });

  expect(await worker.invoke("work", "1")).toBe("done");

  expect(upstream.requests("/work/1")).toHaveLength(2);
  expect(await worker.oplog()).toHaveRetriedWith(patient);
  expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/asks-again.txt");
});
