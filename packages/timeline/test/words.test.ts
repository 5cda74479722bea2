import { describe, expect, test } from "vitest";
import type { Step, Wait } from "../src/model.js";
import { counted, planned, policyLabel, policyText, stepLabel, stepPolicy, time } from "../src/words.js";

const policy = { retries: 5, minDelay: 500, maxDelay: 10_000, multiplier: 2, jitter: 0 };
const names = [
  { name: "patient", policy },
  { name: "twice", policy: { ...policy, retries: 2 } },
];

test.each([
  [0, "0 ms"],
  [0.4, "0 ms"],
  [999.4, "999 ms"],
  [999.6, "1 s"],
  [1500, "1.5 s"],
  [1520, "1.52 s"],
  [9990, "9.99 s"],
  [9994, "9.99 s"],
  [9995, "10 s"],
  [12_340, "12.3 s"],
  [59_949, "59.9 s"],
  [59_950, "60 s"],
  [60_000, "1 min"],
  [61_000, "1 min 1 s"],
  [21_780_000, "6 h 3 min"],
  [90_000_000, "1 d 1 h"],
])("%d ms are %s", (ms, text) => {
  expect(time(ms)).toBe(text);
});

test.each([
  [500, 500, "500 ms"],
  [100, 115, "100 to 115 ms"],
  [900, 1035, "900 ms to 1.03 s"],
  [1000, 1150, "1 s to 1.15 s"],
  [12_000, 12_010, "12 s"],
])("planned from %d to %d: %s", (least, most, text) => {
  expect(planned({ planned: { least, most }, asked: false })).toBe(text);
  expect(planned({ planned: { least, most }, asked: true })).toBe(`${text}, by retryAfter`);
});

test.each([
  [{}, "5 retries, 500ms ×2 ≤ 10s"],
  [{ retries: 0 }, "no retry"],
  [{ retries: 1, multiplier: 1 }, "1 retry, 500ms"],
  [{ minDelay: 0 }, "5 retries, at once"],
  [{ minDelay: 10_000 }, "5 retries, 10s"],
  [{ minDelay: 20_000 }, "5 retries, 10s ×2 ≤ 10s"],
  [{ minDelay: 90_000, maxDelay: 7_200_000 }, "5 retries, 1m30s ×2 ≤ 2h"],
])("a policy with %j: %s", (other, text) => {
  expect(policyText({ ...policy, ...other })).toBe(text);
});

test("one and many", () => {
  expect([counted(0, "call"), counted(1, "call"), counted(2, "call"), counted(2, "retry", "retries")]).toEqual([
    "0 calls",
    "1 call",
    "2 calls",
    "2 retries",
  ]);
});

test("a policy in force has the name that the source gives it", () => {
  const text = "5 retries, 500ms ×2 ≤ 10s";
  expect(policyLabel(policy, true, names)).toEqual({ key: "own", name: "server's", text, kind: "own" });
  expect(policyLabel(policy, false, names)).toEqual({
    key: `patient ${text}`,
    name: "patient",
    text,
    kind: "override",
  });
  expect(policyLabel(policy, false, [])).toEqual({ key: `override ${text}`, name: "override", text, kind: "override" });
});

describe("a step", () => {
  const waited = (least: number, asked = false): Wait => ({
    at: 0,
    planned: { least, most: least },
    actual: least,
    by: "step",
    asked,
    ongoing: false,
  });
  const step = (retries: number | undefined, ...waits: Wait[]): Step => ({
    region: 3,
    again: "region",
    retries,
    at: 0,
    end: 1,
    waits,
  });
  const name = (...given: Parameters<typeof step>) => stepPolicy(step(...given), names)?.name;

  test("has the policy with its count and its waits", () => {
    expect(name(5, waited(500), waited(1000), waited(2000))).toBe("patient");
    expect(name(2, waited(500), waited(1000))).toBe("twice");
    expect(name(3, waited(500))).toBeUndefined();
    expect(name(5, waited(500), waited(700))).toBeUndefined();
    expect(name(5, ...[500, 1000, 2000, 4000, 8000, 10_000].map((ms) => waited(ms)))).toBe("patient");
  });
  test("that says no count has one that allows as many, if there is only one", () => {
    expect(name(undefined, waited(500), waited(1000), waited(2000))).toBe("patient");
    expect(name(undefined, waited(500), waited(1000))).toBeUndefined();
  });
  test("may miss its time by five milliseconds, or by the jitter, and no more", () => {
    expect([494, 495, 505, 506].map((ms) => name(5, waited(ms)))).toEqual([undefined, "patient", "patient", undefined]);
    const jittery = [{ name: "jittery", policy: { ...policy, jitter: 0.1 } }];
    const found = [555, 556].map((ms) => stepPolicy(step(5, waited(ms)), jittery)?.name);
    expect(found).toEqual(["jittery", undefined]);
  });
  test("may wait longer where the service asked for it", () => {
    expect(name(5, waited(7000, true), waited(1000))).toBe("patient");
    expect(name(5, waited(7000), waited(1000))).toBeUndefined();
  });
  test("is labelled by its policy, or by what it is", () => {
    expect(stepLabel(step(5, waited(500)), names)).toEqual({
      key: "patient 5 retries, 500ms ×2 ≤ 10s",
      name: "patient",
      text: "5 retries, 500ms ×2 ≤ 10s, durable step",
      kind: "step",
    });
    expect(stepLabel({ ...step(5, waited(500)), again: "loop" }, names).text).toMatch(/, retried in place$/);
    expect(stepLabel(step(1, waited(9)), names)).toEqual({
      key: "durable step 1 retry",
      name: "durable step",
      text: "1 retry",
      kind: "step",
    });
    expect(stepLabel({ ...step(undefined, waited(9)), again: "loop" }, names)).toMatchObject({
      name: "retried in place",
      text: "its own policy",
    });
  });
});
