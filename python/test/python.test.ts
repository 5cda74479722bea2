import { existsSync } from "node:fs";
import type { IndexedEntry } from "golem-client";
import { type RetryPolicy, retryPolicy } from "golem-retry/policy";
import { expect, test as golemTest, oplogText } from "golem-testkit";
import { describe } from "vitest";

const built = existsSync("dist/python.wasm");
if (!built)
  console.warn("!! SKIPPED: these tests need Python 3.10 or later with venv. Then run PYTHON=python3 npm run verify");
const test = golemTest.skipIf(!built);

const constant = (retries: number, delay: "200ms" | "300ms" | "1s"): RetryPolicy =>
  retryPolicy({ retries, minDelay: delay, maxDelay: delay, multiplier: 1 });
/** As in src/app.py. */
const [documented, patient, strict] = [constant(10, "1s"), constant(5, "200ms"), constant(1, "300ms")];

/** The service counts its requests in the engine's store, which on a server has those of earlier runs. */
const newOrder = () => `order-${crypto.randomUUID()}`;

const ofType = (type: string, entries: IndexedEntry[]) => entries.filter(({ entry }) => entry.type === type);

const failed = { type: "RuntimeError" };

describe("Golem's page", () => {
  test("as printed it raises TypeError, and is retried under the server's policy", async ({ golem }) => {
    const [worker, order] = [await golem.worker("python"), newOrder()];

    await expect(worker.invoke("as-printed", order, 0)).rejects.toMatchObject({
      ...failed,
      details: expect.stringContaining("TypeError: RetryPolicy.__init__() missing 1 required positional argument"),
    });

    expect(ofType("Error", await worker.oplog())).toHaveLength(4);
    expect(await worker.oplog()).toHaveRetriedWith(golem.defaultPolicy);
    expect(await (await golem.worker("python")).invoke("requests", order)).toBe(0);
  });

  test("with all five fields and finally, the old policy decides", async ({ golem }) => {
    golem.expectHazard("policy-restored-by-failing-call");
    const [worker, order] = [await golem.worker("python"), newOrder()];

    await expect(worker.invoke("as-documented", order, 99)).rejects.toMatchObject(failed);

    expect(ofType("ChangeRetryPolicy", await worker.oplog())).toHaveLength(2);
    expect(ofType("Error", await worker.oplog())).toHaveLength(4);
    expect(await worker.oplog()).toHaveRetriedWith(golem.defaultPolicy);
    expect(await worker.oplog()).not.toHaveRetriedWith(documented);
    await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/as-documented.txt");
  });
});

describe("retry_policy", () => {
  test("restores on success only, so the override decides count and waits", async ({ golem }) => {
    const [worker, order] = [await golem.worker("python"), newOrder()];

    await expect(worker.invoke("decides", order, 99)).rejects.toMatchObject(failed);

    expect(ofType("Error", await worker.oplog())).toHaveLength(6);
    expect(await worker.oplog()).toHaveRetriedWith(patient);
    expect(await worker.oplog()).toEndUnder(patient);
    expect(await (await golem.worker("python")).invoke("requests", order)).toBe(1); // the rest is replay
    await expect(oplogText(await worker.oplog())).toMatchFileSnapshot("golden/decides.txt");
  });

  test("restores the server's policy when nothing fails", async ({ golem }) => {
    const worker = await golem.worker("python");
    for (const name of ["decides", "as-documented", "runs-again"])
      expect(await worker.invoke(name, newOrder(), 0)).toBe(1);
    expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  });

  test.for([
    ["reserve", patient],
    ["pay", strict],
    ["ship", patient],
  ] as const)("nests: when %s fails, the innermost open block decides", async ([failing, policy], { golem }) => {
    const worker = await golem.worker("python");

    await expect(worker.invoke("nested", newOrder(), failing)).rejects.toMatchObject(failed);

    expect(await worker.oplog()).toHaveRetriedWith(policy);
    expect(await worker.oplog()).toEndUnder(policy);
  });
});

describe("retry_policy checks its fields", () => {
  const good = { max_attempts: 2, min_delay: 0.1, max_delay: 0.25, multiplier: 2, max_jitter_factor: 0.1 };
  const [whole, finite] = ["a whole number from 0 to 4294967295", "a finite number, 0 or more"];
  const delay = "a timedelta, such as timedelta(seconds=2), from 0 to 18446744073709551615 ns";
  const jitter = "a number from 0 to 1, 0.1 being up to 10 %";

  test("and names the field, its value and what is allowed", async ({ golem }) => {
    const worker = await golem.worker("python");
    for (const [wrong, message] of [
      [{ max_attempts: -1 }, `max_attempts is -1; allowed: ${whole}`],
      [{ max_attempts: 2 ** 32 }, `max_attempts is 4294967296; allowed: ${whole}`],
      [{ max_attempts: 1.5 }, `max_attempts is 1.5; allowed: ${whole}`],
      [{ max_attempts: "5" }, `max_attempts is '5'; allowed: ${whole}`],
      [{ max_attempts: true }, `max_attempts is True; allowed: ${whole}`],
      [{ min_delay: "1s" }, `min_delay is '1s'; allowed: ${delay}`],
      [
        { min_delay: -0.5 },
        `min_delay is datetime.timedelta(days=-1, seconds=86399, microseconds=500000); allowed: ${delay}`,
      ],
      [{ max_delay: 2e10 }, `max_delay is datetime.timedelta(days=231481, seconds=41600); allowed: ${delay}`],
      [{ multiplier: -1 }, `multiplier is -1; allowed: ${finite}`],
      [{ multiplier: null }, `multiplier is None; allowed: ${finite}`],
      [{ max_jitter_factor: 1.5 }, `max_jitter_factor is 1.5; allowed: ${jitter}`],
      [{ max_jitter_factor: "a bit" }, `max_jitter_factor is 'a bit'; allowed: ${jitter}`],
    ] as [object, string][]) {
      const answer = await worker.invoke("configured", newOrder(), 0, JSON.stringify({ ...good, ...wrong }));
      expect(answer).toEqual({ err: `retry_policy: ${message}` });
    }
    const unending = JSON.stringify(good).replace('"multiplier":2', '"multiplier":Infinity');
    const answer = await worker.invoke("configured", newOrder(), 0, unending);
    expect(answer).toEqual({ err: `retry_policy: multiplier is inf; allowed: ${finite}` });
    expect(ofType("ChangeRetryPolicy", await worker.oplog())).toEqual([]);
  });

  test("and what is missing or has another name", async ({ golem }) => {
    const worker = await golem.worker("python");
    const { multiplier: _, ...without } = good;
    for (const [policy, message] of [
      [without, "missing 1 required keyword-only argument: 'multiplier'"],
      [{ ...good, retries: 2 }, "got an unexpected keyword argument 'retries'"],
    ] as const) {
      const answer = await worker.invoke("configured", newOrder(), 0, JSON.stringify(policy));
      expect(answer).toEqual({ err: expect.stringContaining(message) });
    }
  });

  test("and passes on a valid one exactly, the jitter being optional", async ({ golem }) => {
    const worker = await golem.worker("python");
    const { max_jitter_factor: _, ...plain } = good;
    for (const policy of [good, { ...plain, min_delay: 0.001 }])
      expect(await worker.invoke("configured", newOrder(), 0, JSON.stringify(policy))).toEqual({ ok: 1 });
    const set = (await worker.oplog()).flatMap(({ entry }) =>
      entry.type === "ChangeRetryPolicy" ? [entry.new_policy] : [],
    );
    expect(set).toMatchObject([
      { max_attempts: 2, min_delay: "100ms", max_delay: "250ms", multiplier: 2 },
      { max_attempts: 3 },
      { max_attempts: 2, min_delay: "1ms", max_delay: "250ms", multiplier: 2 },
      { max_attempts: 3 },
    ]);
  });
});

describe("atomic_region", () => {
  test("asks the service again, and restores when it answers", async ({ golem }) => {
    const [worker, order] = [await golem.worker("python"), newOrder()];

    expect(await worker.invoke("runs-again", order, 2)).toBe(3);

    expect(await worker.invoke("requests", order)).toBe(3);
    expect(await worker.oplog()).toHaveRetriedWith(patient);
    expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
  });

  test("has a limit on Golem 1.2: max_attempts doesn't end the executions", async ({ golem }) => {
    golem.expectHazard("region-without-bound");
    const [worker, order] = [await golem.worker("python"), newOrder()];

    expect(await worker.invoke("runs-again", order, 8)).toBe(9); // the policy has 5 retries

    expect(await worker.invoke("requests", order)).toBe(9);
  });
});
