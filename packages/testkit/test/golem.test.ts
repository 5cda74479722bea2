import { fileURLToPath } from "node:url";
import { GolemError } from "golem-client";
import { golemDefaults, maxRetries, presets, retryPolicy } from "golem-retry/policy";
import { beforeAll, describe } from "vitest";
import { expect, test } from "../src/index.js";
import build from "./build-component.js";
import { jittery, override, patient } from "./component/src/policies.js";

// Components are found from the folder in which tests run.
process.chdir(fileURLToPath(new URL("component", import.meta.url)));
beforeAll(build, 120_000);

const messageOf = (assertion: () => void): string => {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the assertion held");
};

describe("a durable step", () => {
  test("only its own policy decided", async ({ golem, upstream }) => {
    upstream.on("/x").fails(3).then("ok");
    const worker = await golem.worker("component");
    expect(await worker.invoke("step", `${upstream.url}/x`)).toBe("ok");
    expect(upstream.requests("/x")).toHaveLength(4);
    const oplog = await worker.oplog();
    expect(oplog).toHaveRetriedWith(patient);
    expect(oplog).toEndUnder(golem.defaultPolicy);

    expect(oplog).not.toHaveRetriedWith(override);
    expect(oplog).not.toHaveRetriedWith(retryPolicy({ ...given(patient), minDelay: "4s" }));
    expect(oplog).not.toHaveRetriedWith(retryPolicy({ ...given(patient), retries: 2 }));
    expect(messageOf(() => expect(oplog).toHaveRetriedWith(patient, override))).toContain("this one decided no retry");
  });

  test("gave up when the policy said so, not before", async ({ golem, upstream }) => {
    upstream.on("/x").fails(5).then("ok");
    const worker = await golem.worker("component");
    await expect(worker.invoke("step", `${upstream.url}/x`)).rejects.toBeInstanceOf(GolemError);
    expect(upstream.requests("/x")).toHaveLength(5);
    const oplog = await worker.oplog();
    expect(oplog).toHaveRetriedWith(patient);
    const longer = retryPolicy({ ...given(patient), retries: 5 });
    expect(messageOf(() => expect(oplog).toHaveRetriedWith(longer))).toContain(
      "the policy of a step allowed 4 retries, where this policy allows 5",
    );
  });
});

describe.each(["step-by-policy", "in-place"])("%s, with jitter", (fn) => {
  const steady = retryPolicy({ ...given(jittery), jitter: 0 });
  const calm = retryPolicy({ ...given(jittery), jitter: 0.01 });
  const longer = retryPolicy({ ...given(jittery), retries: 4 });
  const capped = retryPolicy({ ...given(jittery), maxDelay: "2s" });

  test.for([
    ["when it succeeds", 3],
    ["when it is used up", 4],
  ] as const)("its policy decided, and no other, %s", async ([, failures], { golem, upstream }) => {
    upstream.on("/x").fails(failures).then("ok");
    const worker = await golem.worker("component");
    await worker.invoke(fn, `${upstream.url}/x`).catch(() => {});
    expect(upstream.requests("/x")).toHaveLength(4);
    const oplog = await worker.oplog();
    expect(oplog).toHaveRetriedWith(jittery);
    for (const other of [steady, calm, longer, capped]) expect(oplog).not.toHaveRetriedWith(other);
  });
});

describe("Golem's own retries", () => {
  test("the server's policy, jitter included", async ({ golem, upstream }) => {
    upstream.on("/x").fails(1);
    const worker = await golem.worker("component");
    await expect(worker.invoke("plain", `${upstream.url}/x`)).rejects.toMatchObject({ type: "RuntimeError" });
    const oplog = await worker.oplog();
    expect(oplog).toHaveRetriedWith(golem.defaultPolicy);
    expect(golem.defaultPolicy).toEqual(golemDefaults);
    expect(oplog).not.toHaveRetriedWith(presets.quick);
    expect(oplog).toEndUnder(golem.defaultPolicy);
  });

  test("an override, which stays in force", async ({ golem, upstream }) => {
    upstream.on("/x").fails(1);
    const worker = await golem.worker("component");
    await expect(worker.invoke("override", `${upstream.url}/x`)).rejects.toMatchObject({ type: "RuntimeError" });
    const oplog = await worker.oplog();
    expect(oplog).toHaveRetriedWith(override);
    expect(oplog).toEndUnder(override);

    expect(oplog).not.toHaveRetriedWith(retryPolicy({ ...given(override), retries: maxRetries }));
    const message = messageOf(() => expect(oplog).toHaveRetriedWith(golem.defaultPolicy));
    expect(message).toContain("another policy was in force: 2 retries, 1m ×3 ≤ 1h");
    expect(message).toMatch(/trap, then 1 min, planned 1 min\n[\s\S]*then 1 min, planned 1 min\n/);
    expect(messageOf(() => expect(oplog).toEndUnder(golem.defaultPolicy))).toBe(
      "expected 3 retries, 100ms ×3 ≤ 1s to be in force at the end, and found 2 retries, 1m ×3 ≤ 1h",
    );
    expect(messageOf(() => expect(oplog).not.toEndUnder(override))).toContain("expected another policy than 2 retries");
  });

  test("an override within a scope decides the retries", async ({ golem, upstream }) => {
    upstream.on("/x").fails(1);
    const worker = await golem.worker("component");
    await expect(worker.invoke("scoped", `${upstream.url}/x`)).rejects.toMatchObject({ type: "RuntimeError" });
    expect(await worker.oplog()).toHaveRetriedWith(override);
  });
});

describe("no retry", () => {
  test("is said", async ({ golem, upstream }) => {
    upstream.on("/x").then("ok");
    const worker = await golem.worker("component");
    expect(await worker.invoke("scoped", `${upstream.url}/x`)).toBe("ok");
    const oplog = await worker.oplog();
    expect(oplog).toEndUnder(golem.defaultPolicy);
    expect(messageOf(() => expect(oplog).toHaveRetriedWith(override))).toContain("there was no retry");
  });

  test("a matcher that is not given an oplog says what it takes", async ({ golem }) => {
    const worker = await golem.worker("component");
    expect(() => expect(worker).toHaveRetriedWith(override)).toThrow(/expect\(await worker\.oplog\(\)\)/);
    expect(() => expect(worker.oplog()).toEndUnder(override)).toThrow(/expect\(await worker\.oplog\(\)\)/);
  });
});

test("u64 through a real component, exactly", async ({ golem }) => {
  const worker = await golem.worker("component");
  for (const number of [0, 9_007_199_254_740_991, 9_007_199_254_740_993n, 18_446_744_073_709_551_615n])
    expect(await worker.invoke("echo", number)).toBe(number);
});

test("a value that does not fit its WIT type fails the call, and says where in it", async ({ golem }) => {
  const worker = await golem.worker("component");
  expect(await worker.invoke("parse", '{"id":"7","total":42}')).toEqual({ id: "7", total: 42 });
  await expect(worker.invoke("parse", '{"id":"7"}')).rejects.toThrow(
    /^parse: the result\.total is missing\. Return a number for u32, as the WIT says\.\nRuntimeError: /,
  );
});

test("of a function with a result an Error is a failure with its own message and place, and anything else its err", async ({
  golem,
}) => {
  const worker = await golem.worker("component");
  expect(await worker.invoke("try-parse", '{"id":"7","total":42}')).toEqual({ ok: { id: "7", total: 42 } });
  expect(await worker.invoke("try-parse", "")).toEqual({ err: "nothing to parse" });
  await expect(worker.invoke("try-parse", "{")).rejects.toThrow(
    /^JSON\.parse: [^\n]*\n {4}at src\/main\.ts:\d+:\d+\nRuntimeError: /,
  );
  const other = await golem.worker("component");
  await expect(other.invoke("try-parse", '{"id":"7"}')).rejects.toThrow(
    /^try-parse: the result\.total is missing\. Return a number for u32, as the WIT says\.\n/,
  );
  const third = await golem.worker("component");
  await expect(third.invoke("clear")).rejects.toThrow(/^nothing to clear\n {4}at src\/main\.ts:\d+:\d+\n/);
});

test("an error has what the component said, and where in its source", async ({ golem, upstream }) => {
  upstream.on("/x").fails(99, 503);
  const worker = await golem.worker("component");
  const error = await worker.invoke("step", `${upstream.url}/x`).catch((thrown: Error) => thrown.message);
  expect(error).toMatch(
    /^execution \d of \d failed: Error: upstream said 503; retries used up\n {4}at src\/main\.ts:7:\d+\n[\s\S]*RuntimeError \(POST/,
  );
  expect(error).not.toContain("Attempted to jump");
  const other = await golem.worker("component");
  await expect(other.invoke("plain", `${upstream.url}/x`)).rejects.toThrow(
    /^upstream said 503\n {4}at src\/main\.ts:7:\d+\n/,
  );
});

test("workers are independent, and each has its environment", async ({ golem }) => {
  const one = await golem.worker("component", { COLOR: "red" });
  const other = await golem.worker("component");
  expect(one.name).not.toBe(other.name);
  expect((await one.metadata()).env).toEqual({ COLOR: "red" });
  expect((await other.metadata()).env).toEqual({});
});

test("a component that was not built: the error says how", async ({ golem }) => {
  await expect(golem.worker("nothing")).rejects.toThrow(/dist\/nothing\.wasm is missing: build it with npm run build/);
});

test("the client's other calls, on an engine", async ({ golem }) => {
  const worker = await golem.worker("component");
  const key = await worker.invokeAsync("echo", 7);
  expect(await worker.invokeWith({ idempotencyKey: key }, "echo", 8)).toBe(7);
  await worker.interrupt();
  await worker.resume();
  expect(await worker.invoke("echo", 9)).toBe(9);
  await worker.revert({ lastInvocations: 1 });
  expect((await worker.oplog({ query: "revert" })).map(({ entry }) => entry.type)).toContain("Revert");
  await worker.delete();
  await expect(worker.metadata()).rejects.toMatchObject({ type: "WorkerNotFound" });
});

test.skipIf(process.env.GOLEM_URL)("an expected hazard is no failure", async ({ golem, upstream }) => {
  upstream.on("/x").then("ok");
  const worker = await golem.worker("component");
  expect(await worker.invoke("overlap", `${upstream.url}/x`)).toBe("ok ok");
  golem.expectHazard("overlapping-requests");
});

/** What retryPolicy takes, of a policy. */
function given({ retries, minDelay, maxDelay, multiplier }: typeof patient) {
  return { retries, minDelay, maxDelay, multiplier };
}
