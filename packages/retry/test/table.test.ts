import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { plan, type RetryPolicyOptions, retryPolicy } from "../src/policy/index.js";
import { type Golem, own, type Reply, startGolem } from "./golem.js";

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

/** The policies of the table. */
const policies = {
  rising: { retries: 3, minDelay: "200ms", maxDelay: "400ms", multiplier: 1.5 },
  steady: { retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 1 },
  jittery: { retries: 3, minDelay: "100ms", maxDelay: "250ms", multiplier: 2, jitter: 0.5 },
  slow: { retries: 2, minDelay: "2s", maxDelay: "2s", multiplier: 1 },
  never: { retries: 0, minDelay: "1s", maxDelay: "1s", multiplier: 1 },
} satisfies Record<string, RetryPolicyOptions>;

/** Where the worker is interrupted, as a server's crash does it. */
type Crash = "nowhere" | `request ${number}` | "the first wait" | "what follows the step";

interface Row {
  policy: keyof typeof policies;
  /** Answers 503 before the first 200. */
  failures: number;
  crash: Crash;
  /** Requests that the upstream gets: executions, and those that a crash has Golem send again. */
  requests: number;
  /** Failed executions that were followed by another. */
  waits: number;
  status: "Idle" | "Failed";
}

/** Reads as a table: policy, failures, where it crashes → requests, waits, status. The policy afterwards is the one before, or none. */
const rows = `
  rising   0  nowhere                →  1  0  Idle
  rising   1  nowhere                →  2  1  Idle
  rising   3  nowhere                →  4  3  Idle
  rising   4  nowhere                →  4  3  Failed
  steady   2  nowhere                →  3  2  Idle
  steady   9  nowhere                →  3  2  Failed
  jittery  3  nowhere                →  4  3  Idle
  never    0  nowhere                →  1  0  Idle
  never    1  nowhere                →  1  0  Failed
  rising   0  request 1              →  2  0  Idle
  rising   3  request 1              →  5  3  Idle
  rising   3  request 2              →  5  3  Idle
  rising   3  request 4              →  5  3  Idle
  rising   9  request 4              →  5  3  Failed
  jittery  3  request 3              →  5  3  Idle
  never    1  request 1              →  2  0  Failed
  slow     1  the first wait         →  2  1  Idle
  slow     9  the first wait         →  3  2  Failed
  rising   0  what follows the step  →  1  0  Idle
  rising   3  what follows the step  →  4  3  Idle
`
  .trim()
  .split("\n")
  .map((line): [string, Row] => {
    const [policy, failures, crash, , requests, waits, status] = line
      .trim()
      .split(/ {2,}|(→) */)
      .filter(Boolean);
    const row = { policy, failures: Number(failures), crash, requests: Number(requests), waits: Number(waits), status };
    return [line.trim().replace(/ +/g, " "), row as Row];
  });

/** Who does it: how the function is called, and what it is told. An interrupt finds no one who waits for the policy's delay. */
const ways: [way: string, fn: string, options: string, skipped?: Crash][] = [
  ["step", "step-then", "{}"],
  ["step that waits by the policy", "step-then", '{"wait":"policy"}', "the first wait"],
  ["loop in place", "in-place-then", "{}"],
];

describe.each(ways)("%s", (_, fn, options, skipped) => {
  test.each(rows.filter(([, { crash }]) => crash !== skipped))("%s", async (_, row) => {
    const policy = policies[row.policy];
    const worker = golem.worker();
    const answers: Reply[] = Array(row.failures).fill(503);
    const at = /^request (\d+)$/.exec(row.crash)?.[1];
    if (at) answers.splice(Number(at) - 1, 0, worker.crash);
    worker.replies(answers);
    worker.replies(row.crash === "what follows the step" ? [worker.crash] : [], "/after");

    const inWait = row.crash === "the first wait";
    if (inWait) golem.time?.hold();
    const call = worker.invoke(fn, worker.url, JSON.stringify(policy), options);
    if (inWait) {
      try {
        const ended = fn.startsWith("in-place") ? "EndRemoteWrite" : "Error";
        const types = async () => (await worker.oplog()).map(({ type }) => type);
        await expect.poll(types, { timeout: 20_000 }).toContain(ended);
        await golem.time?.advance(500);
        await worker.crash();
      } finally {
        golem.time?.release();
      }
    }
    const { value, error } = await call;

    const asked = worker.requests().filter(({ path }) => !path.endsWith("/after"));
    expect(asked).toHaveLength(row.requests);
    const { delays, longest } = plan(retryPolicy(policy));
    const waits = worker.waitsAfterFailures().slice(0, row.waits);
    expect(waits).toHaveLength(row.waits);
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.floor(Number(delays[i]) / 1e6));
      expect(wait).toBeLessThanOrEqual(Math.ceil(Number(longest[i]) / 1e6) + golem.slack);
    }
    if (row.status === "Failed") {
      expect(error).toContain(`execution ${policy.retries + 1} of ${policy.retries + 1} failed`);
    } else {
      expect(error).toBeUndefined();
      expect(value?.policy).toMatchObject(own);
      expect((await worker.invoke("get-policy")).value?.policy).toMatchObject(own);
    }
    await expect.poll(() => worker.status()).toBe(row.status); // a server's metadata come after its answer
  });
});
