import { describe, expect, test } from "vitest";
import { droppedRegions, duration, milliseconds } from "../src/entries.js";
import { log } from "./log.js";

describe("a time stamp", () => {
  const whole = Date.UTC(2026, 0, 2, 3, 4, 5);
  test.each([
    ["2026-01-02T03:04:05Z", 0],
    ["2026-01-02T03:04:05.5Z", 500],
    ["2026-01-02T04:04:05.250+01:00", 250],
    ["2026-01-02T01:34:05-01:30", 0],
    ["2026-01-02T03:04:05.000123456Z", 0.123456],
  ])("%s", (text, fraction) => {
    expect(milliseconds(text) - whole).toBeCloseTo(fraction, 3);
  });
  test("of another form is read as JavaScript does, or not at all", () => {
    expect(milliseconds("2026-01-02")).toBe(Date.UTC(2026, 0, 2));
    expect(milliseconds("on 2026-01-02T03:04:05.5Z")).toBeNaN();
    expect(milliseconds("2026-01-02T03:04:05.5Z, or so")).toBeNaN();
    expect(milliseconds("yesterday")).toBeNaN();
  });
});

test.each([
  ["5ns", 5e-6],
  ["7us", 0.007],
  ["7µs", 0.007],
  ["1.5ms", 1.5],
  ["1m 30s", 90_000],
  ["2h", 7_200_000],
  ["1day", 86_400_000],
  ["2days 1h", 176_400_000],
  ["1month", 30.44 * 86_400_000],
  ["2years", 2 * 365.25 * 86_400_000],
  ["3 fortnights", 0],
  [undefined, 0],
])("a duration of %s", (text, ms) => {
  expect(duration(text)).toBeCloseTo(ms, 6);
});

test("what a Jump or a Revert names is dropped, and nothing else", () => {
  const jump = { start: 2, end: 3 };
  const reverted = { start: 1, end: 9 };
  expect(
    droppedRegions(
      log([0, "Create"], [1, "Jump", { jump }], [2, "NoOp", { jump }], [3, "Revert", { dropped_region: reverted }]),
    ),
  ).toEqual([jump, reverted]);
});
