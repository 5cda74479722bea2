import { beforeEach, expect, test, vi } from "vitest";
import type { Progress } from "../src/progress.js";
import { retrying } from "../src/retrying.js";
import { calls, store } from "./host.js";

// A crash between the end of a step and the deletion of its progress: the end must be on record first, or the recovery would
// execute the step again, and find that none of its executions has failed.

const policy = { retries: 2, minDelay: 0n, maxDelay: 0n, multiplier: 1, jitter: 0 };
const key = "/w/10";
const step = 0.5;

beforeEach(() => {
  calls.length = 0;
  vi.spyOn(Math, "random").mockReturnValue(step);
});

const left = (progress: Progress) => store.set(key, new TextEncoder().encode(JSON.stringify({ ...progress, step })));

const order = [`get ${key}`, "mark-end-operation", "oplog-commit", `delete ${key}`];

test("a step that succeeds makes its end durable before it deletes its progress", async () => {
  left({ attempt: 1, started: 0, due: 0, wait: 0 });
  expect(await retrying(policy, ({ attempt }) => attempt)).toBe(1);
  expect(calls).toEqual(order);
});

test("so does a step that gives up", async () => {
  left({ attempt: 3, started: 0, due: 0, wait: 0, failed: { error: ["e", "Error", { message: "503" }], story: "" } });
  await expect(retrying(policy, () => 1, { exhausted: "throw" })).rejects.toThrow("503");
  expect(calls).toEqual(order);
});
