import { expect, test } from "../../src/index.js";
import { patient } from "../component/src/policies.js";

// Tests that fail, for failing.test.ts to look at how.

test("a wrong claim", async ({ golem, upstream }) => {
  upstream.on("/x").fails(1).then("ok");
  const worker = await golem.worker("component");
  expect(await worker.invoke("step", `${upstream.url}/x`)).toBe("something else");
});

test("a hazard", async ({ golem, upstream }) => {
  upstream.on("/x").then("ok");
  const worker = await golem.worker("component");
  expect(await worker.invoke("overlap", `${upstream.url}/x`)).toBe("ok ok");
});

test("a hazard that is not there", async ({ golem }) => {
  golem.expectHazard("unread-response");
});

test("passes", async ({ golem }) => {
  const worker = await golem.worker("component");
  expect(await worker.invoke("echo", 1)).toBe(1);
  expect(patient.retries).toBe(4);
});
