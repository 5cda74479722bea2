import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Answered,
  errorMessage,
  giveUp,
  milliseconds,
  retryAfter,
  stackOf,
  summary,
  unwrapped,
  wantedAt,
} from "../src/errors.js";

const now = Date.UTC(2026, 0, 1);

/** Unlike fetch's, its headers keep their blanks. */
const answered = (value: string | null): Answered => ({
  headers: { get: (name) => (name === "retry-after" ? value : null) },
});

describe("retryAfter", () => {
  beforeEach(() => void vi.useFakeTimers({ now }));
  afterEach(() => void vi.useRealTimers());

  test.each<[string, Parameters<typeof retryAfter>[0], string, number | undefined]>([
    ["a duration", "30s", "asked to wait 30s", now + 30_000],
    ["a duration of fields", { minutes: 1 }, "asked to wait 1m", now + 60_000],
    ["a time of day", new Date(now + 1500), "asked to wait 1.5s", now + 1500],
    ["a time that is over", new Date(now - 1500), "asked to wait 0s", now - 1500],
    ["seconds in a header", answered(" 120 "), "asked to wait 2m", now + 120_000],
    ["a date in a header", answered(new Date(now + 7000).toUTCString()), "asked to wait 7s", now + 7000],
    ["no header", answered(null), "asked to wait a while", undefined],
    ["more digits than seconds have", answered("1234567890"), "asked to wait a while", undefined],
    ["seconds with a unit", answered("30s"), "asked to wait a while", undefined],
    ["a date of another time zone", answered("Fri, 01 Jan 2027 00:00:00 +0100"), "asked to wait a while", undefined],
  ])("says when the next execution is due: %s", (_, when, message, due) => {
    const error = retryAfter(when);
    expect(error.message).toBe(message);
    expect(wantedAt(error)).toBe(due);
  });

  test("keeps the message that it is given", () => {
    expect(retryAfter("30s", "quotes are rationed").message).toBe("quotes are rationed");
  });

  test("refuses what is no time, and says what is allowed", () => {
    expect(() => retryAfter(new Date("soon"))).toThrow(
      'retryAfter: the date is invalid; allowed: a Date, a response, or a duration such as "30s"',
    );
    expect(() => retryAfter("soon" as "1s")).toThrow(/^retryAfter is "soon", which is no duration/);
  });
});

test("two copies of the package in one bundle understand each other's errors", () => {
  expect(wantedAt({ [Symbol.for("golem-retry.due")]: 7 })).toBe(7);
  const cause = new Error("no such order");
  const fromAnother = Object.assign(new Error("no such order", { cause }), { [Symbol.for("golem-retry.final")]: true });
  expect(unwrapped(fromAnother)).toEqual({ final: true, error: cause });
});

test("giveUp carries what the body meant, and its message", () => {
  const meant = { code: 404 };
  expect(giveUp(meant).message).toBe('{"code":404}');
  expect(unwrapped(giveUp(meant))).toEqual({ final: true, error: meant });
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a text", "boom"],
  ["a plain error", new Error("boom")],
])("what says nothing about retries asks for none: %s", (_, thrown) => {
  expect(wantedAt(thrown)).toBeUndefined();
  expect(unwrapped(thrown)).toEqual({ final: false, error: thrown });
});

test.each<[bigint, number]>([
  [0n, 0],
  [1n, 1],
  [1_000_000n, 1],
  [1_000_001n, 2],
])("%d ns are %d whole milliseconds, so that nothing begins before it is time", (ns, ms) => {
  expect(milliseconds(ns)).toBe(ms);
});

const hostile = new Proxy(new Error("unreachable"), {
  get() {
    throw new Error("a getter that throws");
  },
});
const unreadable = Object.defineProperty(new Error(), "message", { get: () => hostile.message });
const revoked = (() => {
  const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
  revoke();
  return proxy;
})();

describe("what an error says", () => {
  test.each<[string, unknown, string, string]>([
    ["an error", new TypeError("boom"), "TypeError", "boom"],
    ["a text", "boom", "string", "boom"],
    ["an object", { code: 7 }, "object", '{"code":7}'],
    ["a function", () => 1, "function", "() => 1"],
    ["undefined", undefined, "undefined", "undefined"],
    ["a bigint, which JSON has no form for", 7n, "bigint", "[object BigInt]"],
    ["an error whose message throws", unreadable, "Error", "[object Error]"],
    ["a proxy whose getters throw", hostile, "object", "[object Proxy]"],
    ["a proxy that was revoked", revoked, "object", "[object Proxy]"],
    ["an error whose fields are numbers", Object.assign(new Error(), { message: 42, name: 7 }), "7", "42"],
  ])("is short enough to be stored, and never throws: %s", (_, thrown, name, message) => {
    expect(summary(thrown)).toEqual({ name, message });
  });

  test("is cut, but not where it is told to a caller", () => {
    const long = Object.assign(new Error("m".repeat(1001)), { name: "n".repeat(101) });
    expect(summary(long)).toEqual({ name: "n".repeat(100), message: "m".repeat(1000) });
    expect(errorMessage(long)).toBe(long.message);
  });
});

describe("where an error was made", () => {
  const thrown = (stack: unknown) => Object.assign(new Error("boom"), { stack });

  test("has a line for each frame, as StarlingMonkey writes them", () => {
    expect(stackOf(thrown("getOrder@dist/app.js:9:5\n   async*api@dist/app.js:3:1\n\n"))).toBe(
      "  getOrder@dist/app.js:9:5\n  async*api@dist/app.js:3:1",
    );
  });

  test("has at most ten lines of 200 characters", () => {
    const frames = Array.from({ length: 11 }, (_, i) => `f${i}@${"x".repeat(300)}`);
    const lines = stackOf(thrown(frames.join("\n"))).split("\n");
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe(`  f9@${"x".repeat(197)}`);
  });

  test.each<[string, unknown]>([
    ["a text, though it looks like a frame", "f@app.js:1:1"],
    ["an object with a stack that is no error", { stack: "f@app.js:1:1" }],
    ["an error without a stack", thrown(undefined)],
    ["a proxy whose getters throw", hostile],
  ])("is unknown of %s", (_, from) => {
    expect(stackOf(from)).toBe("");
  });
});
