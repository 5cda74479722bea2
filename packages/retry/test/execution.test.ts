import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Execution, execute, sleep } from "../src/execution.js";
import { type RetryOptions, rulesOf } from "../src/next.js";
import { retryPolicy } from "../src/policy/index.js";

const policy = retryPolicy({ retries: 3, minDelay: "1s", maxDelay: "1s", multiplier: 1 });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const run = <T>(body: (execution: Execution) => T | Promise<T>, options: RetryOptions = {}, elapsed = 0, spent = 0) =>
  execute(
    body,
    { attempt: 1, elapsed, spent, previousError: { name: "Error", message: "503" } },
    policy,
    rulesOf("retrying", options),
  );

const hang = () => new Promise<never>(() => {});

describe("an execution", () => {
  test("knows which it is", async () => {
    const { signal, ...known } = await run((execution) => execution, {}, 1234);
    expect(known).toEqual({
      attempt: 1,
      executionsLeft: 2,
      elapsed: 1234,
      previousError: { name: "Error", message: "503" },
    });
    expect(signal.aborted).toBe(false);
  });

  test("ends at its timeout, though the body heeds no signal", async () => {
    const ended = expect(run(hang, { timeout: "2s" })).rejects.toThrow("timeout of 2s is over");
    await vi.advanceTimersByTimeAsync(2000);
    await ended;
  });

  test("has less of its timeout when loops inside have taken some, or all", async () => {
    const ended = expect(run(hang, { timeout: "2s" }, 1500, 1500)).rejects.toThrow("timeout of 2s is over");
    await vi.advanceTimersByTimeAsync(500);
    await ended;
    const body = vi.fn();
    await expect(run(body, { timeout: "2s" }, 2000, 2000)).rejects.toThrow("timeout of 2s is over");
    expect(body).not.toHaveBeenCalled();
  });

  test("is aborted through its signal", async () => {
    let aborted = false;
    const ended = run(
      ({ signal }) => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        return hang();
      },
      { timeout: "2s" },
    );
    const refused = expect(ended).rejects.toMatchObject({ name: "TimeoutError" });
    await vi.advanceTimersByTimeAsync(1999);
    expect(aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(aborted).toBe(true);
    await refused;
  });

  test("ends at the deadline, when that is before its timeout", async () => {
    const ended = expect(run(hang, { timeout: "2s", deadline: "10s" }, 9000)).rejects.toThrow(
      "deadline of 10s is over",
    );
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  test("does not begin after the deadline", async () => {
    const body = vi.fn();
    await expect(run(body, { deadline: "10s" }, 10_000)).rejects.toThrow("deadline of 10s is over");
    expect(body).not.toHaveBeenCalled();
  });

  test("leaves no timer behind", async () => {
    await run(() => "done", { timeout: "2s" });
    await run(() => "done", { timeout: "9999h" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that throws without a promise fails alike", async () => {
    const body = () => {
      throw new Error("early");
    };
    await expect(run(body)).rejects.toThrow("early");
    await expect(run(body, { timeout: "2s" })).rejects.toThrow("early");
  });
});

test("a sleep of months is longer than any timer", async () => {
  const months = 90 * 24 * 3_600_000;
  const done = vi.fn();
  void sleep({ due: Date.now() + months, wait: months }).then(done);
  await vi.advanceTimersByTimeAsync(months - 1);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalledOnce();
});

test("a time that is over is not waited for", async () => {
  await sleep({ due: Date.now() - 1, wait: 1000 });
  expect(vi.getTimerCount()).toBe(0);
});
