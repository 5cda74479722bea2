import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { giveUp, retryAfter } from "../src/errors.js";
import { next, progressAfter, type RetryOptions, randomFrom, rulesOf } from "../src/next.js";
import { plan, retryPolicy } from "../src/policy/index.js";
import { responseError } from "../src/response-error.js";
import { revived } from "../src/stored-error.js";
import { policiesOf } from "./policy/arbitrary.js";

const policy = retryPolicy({ retries: 3, minDelay: "200ms", maxDelay: "2s", multiplier: 1.5 });
const started = Date.UTC(2026, 0, 1);
const broken = new Error("upstream said 503");

function after(error: unknown, attempt: number, options: RetryOptions = {}, now = started) {
  return next({ error, attempt, started, now, random: 0 }, policy, rulesOf("retrying", options));
}

describe("after a failure", () => {
  test("the policy decides when", () => {
    expect([0, 1, 2].map((attempt) => after(broken, attempt))).toEqual([
      expect.objectContaining({ again: true, due: started + 200 }),
      expect.objectContaining({ again: true, due: started + 300 }),
      expect.objectContaining({ again: true, due: started + 450 }),
    ]);
    expect(after(broken, 0)).toHaveProperty(
      "story",
      "execution 1 of 4 failed: Error: upstream said 503; next in 200ms",
    );
  });

  test("no further execution when the retries are used up", () => {
    expect(after(broken, 3)).toEqual({
      again: false,
      error: broken,
      story: "execution 4 of 4 failed: Error: upstream said 503; retries used up",
    });
  });

  test("the waits equal the plan for every policy", () => {
    fc.assert(
      fc.property(policiesOf(20), fc.double({ min: 0, max: 1, noNaN: true }), (any, random) => {
        const { delays, longest } = plan(any);
        for (const [attempt, delay] of delays.entries()) {
          const then = next({ error: broken, attempt, started: 0, now: 0, random }, any, rulesOf("retrying", {}));
          if (!then.again) throw new Error(then.story);
          const most = Math.ceil(Number(longest[attempt]) / 1e6);
          expect(then.due).toBeGreaterThanOrEqual(Math.floor(Number(delay) / 1e6));
          expect(then.due).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test.each([408, 425, 429, 500, 502, 503, 599])("a response %d is worth another execution", (status) => {
    const error = responseError({ status }, `upstream said ${status}`);
    expect(error.message).toBe(`upstream said ${status}`);
    expect(after(error, 0)).toMatchObject({ again: true, due: started + 200, error });
    expect(after(error, 3)).toMatchObject({ again: false, error });
  });

  test.each([301, 400, 401, 402, 404, 409, 410, 422, 424, 426, 428, 430, 499])(
    "a response %d is given up",
    (status) => {
      const error = responseError({ status }, `upstream said ${status}`);
      expect(error.message).toBe(`upstream said ${status}`);
      expect(after(error, 0)).toMatchObject({
        again: false,
        error: new Error(`upstream said ${status}`),
        story: `execution 1 of 4 failed: Error: upstream said ${status}; given up`,
      });
    },
  );

  test("the service decides when it said so, over the cap too", () => {
    const now = Date.now();
    const date = new Date(started + 60_000);
    expect(after(retryAfter(date), 0)).toMatchObject({ again: true, due: started + 60_000 });
    const then = after(retryAfter("30s"), 0, {}, now);
    expect(then.again && then.due - now).toBeGreaterThanOrEqual(30_000);
    expect(then.again && then.due - now).toBeLessThan(31_000);
  });

  test.each([
    ["30", 30_000],
    [" 0 ", 0],
    [new Date(started + 60_000).toUTCString(), 60_000],
    ["soon", 200],
    ["-5", 200],
    ["", 200],
    [undefined, 200],
  ])("a response says so with retry-after: %j", (header, wait) => {
    vi.useFakeTimers({ now: started });
    const response = new Response(null, {
      status: 429,
      headers: header === undefined ? {} : { "retry-after": header },
    });
    const then = after(retryAfter(response), 0);
    expect(then).toMatchObject({ again: true, due: started + wait });
    expect(then.story.endsWith(", by retryAfter")).toBe(wait !== 200);
    vi.useRealTimers();
  });

  test("at once, when the time that the service said is over", () => {
    expect(after(retryAfter(new Date(started - 1)), 0)).toMatchObject({ again: true, due: started });
  });

  test("what the service said counts as a retry", () => {
    expect(after(retryAfter("30s"), 3)).toMatchObject({ again: false });
  });

  test("a body that gives up is not executed again, and its own error is told", () => {
    expect(after(giveUp(broken), 0)).toEqual({
      again: false,
      error: broken,
      story: "execution 1 of 4 failed: Error: upstream said 503; given up",
    });
    expect(after(giveUp("no such order"), 0)).toMatchObject({ error: "no such order" });
  });

  test("retryIf decides what is worth a retry", () => {
    const retryIf = (error: unknown) => (error as Error).message.includes("503");
    expect(after(broken, 0, { retryIf })).toMatchObject({ again: true });
    expect(after(new Error("404"), 0, { retryIf })).toMatchObject({ again: false });
  });

  test("a retryIf that throws is a failure of its own", () => {
    const bug = new TypeError("error.response is undefined");
    const then = after(broken, 0, {
      retryIf: () => {
        throw bug;
      },
    });
    expect(then).toMatchObject({ again: false, error: bug });
    expect(then.story).toContain("retryIf threw");
  });

  test("the deadline counts from the start, to its last millisecond", () => {
    expect(after(broken, 0, { deadline: "1s" }, started + 800)).toMatchObject({ again: true, due: started + 1000 });
    expect(after(broken, 0, { deadline: "1s" }, started + 801)).toMatchObject({ again: false, error: broken });
    expect(after(retryAfter("1h"), 0, { deadline: "30m" }, Date.now())).toMatchObject({ again: false });
  });

  test("the log says when it was the deadline that ended it", () => {
    const late = after(broken, 0, { deadline: "1s" }, started + 801);
    expect(late.story).toBe("execution 1 of 4 failed: Error: upstream said 503; the next would be after the deadline");
  });

  test.each([
    [undefined],
    [null],
    [42],
    [{ code: 7 }],
    [Symbol("odd")],
    [{ self: 1n }],
    [Object.assign(new Error("odd"), { message: 42, name: 7 })],
    [Object.create(null, { self: { value: 1n, enumerable: true } })],
  ])("%o can be thrown", (thrown) => {
    expect(after(thrown, 0)).toMatchObject({ again: true, error: thrown });
  });
});

describe("what a failure leaves to the next execution", () => {
  const failure = { error: broken, attempt: 1, started, now: started + 500, random: 0 };
  const progress = (error: unknown, attempt = 1) =>
    progressAfter({ ...failure, error, attempt }, after(error, attempt, {}, failure.now));

  test("is how many have failed, when it is due, and what went wrong", () => {
    expect(progress(broken)).toEqual({
      attempt: 2,
      started,
      due: started + 800,
      wait: 300,
      previousError: { name: "Error", message: "upstream said 503" },
    });
  });

  test("is the error itself when there is no next one: the caller gets it in another instance", () => {
    const missing = Object.assign(new TypeError("no such order"), { stack: "getOrder@dist/app.js:9:5" });
    const { failed, ...rest } = progress(giveUp(missing));
    expect(rest).toEqual({ attempt: 2, started, due: 0, wait: 0 });
    expect(failed).toMatchObject({
      story: "execution 2 of 4 failed: TypeError: no such order; given up",
      stack: "  getOrder@dist/app.js:9:5",
    });
    expect(revived(failed?.error)).toEqual(new TypeError("no such order"));
  });

  test("has no stack where the error has none", () => {
    expect(progress(giveUp("no such order")).failed).toEqual({
      error: "no such order",
      story: "execution 2 of 4 failed: string: no such order; given up",
    });
  });
});

test("jitter is the same in a replay, and spreads over workers", () => {
  const values = Array.from({ length: 1000 }, (_, i) => randomFrom(`component/worker-${i}/7`));
  expect(values).toEqual(Array.from({ length: 1000 }, (_, i) => randomFrom(`component/worker-${i}/7`)));
  const tenths = Array.from({ length: 10 }, (_, i) => values.filter((value) => Math.floor(value * 10) === i).length);
  for (const count of tenths) expect(count).toBeGreaterThan(60);
  expect(new Set(values).size).toBe(1000);
  expect(tenths.reduce((a, b) => a + b)).toBe(1000);
});

describe("options", () => {
  test.each<[object, string]>([
    [{ deadline: "soon" }, 'retrying: deadline is "soon", which is no duration'],
    [{ timeout: 500 }, "retrying: timeout is 500, which is no duration"],
    [{ exhausted: "return" }, 'retrying: exhausted is return; allowed: "fail", "throw"'],
    [{ onExhausted: "throw" }, "retrying: onExhausted is no option; allowed: exhausted, deadline, timeout, retryIf"],
  ])("%o are refused", (options, message) => {
    expect(() => rulesOf("retrying", options as RetryOptions)).toThrow(message);
  });

  test("are whole milliseconds, without an end where none is given", () => {
    const none = Number.POSITIVE_INFINITY;
    expect(rulesOf("retrying", {})).toMatchObject({ exhausted: "fail", deadline: none, timeout: none });
    expect(rulesOf("retrying", { deadline: "1.5s", timeout: 1n, exhausted: "throw" })).toMatchObject({
      exhausted: "throw",
      deadline: 1500,
      timeout: 1,
    });
  });

  test("of a caller of its own are known to it alone", () => {
    const options: object = { wait: "sleep" };
    expect(() => rulesOf("attempt", options as RetryOptions)).toThrow(/^attempt: wait is no option/);
    expect(() => rulesOf("retrying", options as RetryOptions, ["wait"])).not.toThrow();
  });
});
