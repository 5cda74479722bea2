import { describe, expect, test } from "vitest";
import type { Fields } from "../src/entries.js";
import { type Policy, plannedDelay, policyAtEnd, policyOf, samePolicy } from "../src/policy.js";
import { PolicyTrack } from "../src/policy-track.js";
import { log, policy as set } from "./log.js";

const own: Policy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const entry = (retries: number): Fields => ({
  type: "ChangeRetryPolicy",
  timestamp: "",
  new_policy: { max_attempts: retries, min_delay: "100ms", max_delay: "1s", multiplier: 3, max_jitter_factor: null },
});

/** Policies with these counts, set at index and time 10, 20, 30. */
function track(...counts: number[]): PolicyTrack {
  const policies = new PolicyTrack(own);
  counts.forEach((count, i) => {
    policies.set(10 * (i + 1), 10 * (i + 1), entry(count));
  });
  return policies;
}
const bands = (policies: PolicyTrack, end = 99) =>
  policies.bands(end).map(({ index, at, end, policy, own }) => [index, at, end, policy.retries, own]);

describe("the policy in force", () => {
  test("is the server's, then the last one that was set", () => {
    expect(track().inForce).toEqual({ index: 0, at: 0, policy: own, own: true });
    expect(track(5, 6).inForce).toMatchObject({ index: 20, policy: { retries: 6 }, own: false });
    expect(track(5, 3).inForce).toMatchObject({ index: 20, own: true });
  });

  test("in bands without a gap, one for each change", () => {
    expect(bands(track())).toEqual([[0, 0, 99, 3, true]]);
    expect(bands(track(5, 5, 3))).toEqual([
      [0, 0, 10, 3, true],
      [10, 10, 30, 5, false],
      [30, 30, 99, 3, true],
    ]);
    const policies = new PolicyTrack(own);
    policies.set(4, 0, entry(5));
    policies.set(5, 8, entry(6));
    policies.set(6, 8, entry(7));
    expect(bands(policies)).toEqual([
      [4, 0, 8, 5, false],
      [6, 8, 99, 7, false],
    ]);
  });

  test("is what was before when a jump drops it, from its first index to its last", () => {
    for (const [start, end] of [
      [20, 20],
      [20, 29],
      [11, 20],
    ] as const) {
      const policies = track(5, 6);
      policies.drop({ start, end }, 40, 45);
      expect(policies.inForce.policy.retries).toBe(5);
      expect(bands(policies)).toEqual([
        [0, 0, 10, 3, true],
        [10, 10, 20, 5, false],
        [20, 20, 45, 6, false],
        [40, 45, 99, 5, false],
      ]);
    }
    const policies = track(5, 6);
    policies.drop({ start: 10, end: 19 }, 40, 45);
    policies.drop({ start: 21, end: 39 }, 41, 46);
    expect(bands(policies)).toHaveLength(3);
    policies.drop({ start: 1, end: 39 }, 42, 47);
    expect(bands(policies).at(-1)).toEqual([42, 47, 99, 3, true]);
  });

  test("leaves out what a step set for its trap after it stored", () => {
    const bare = track(5, 6);
    bare.disregard(20);
    expect(bands(bare)).toHaveLength(3);
    bare.disregard(19);
    expect(bands(bare)).toEqual([
      [0, 0, 10, 3, true],
      [10, 10, 99, 5, false],
    ]);
    bare.disregard(19);
    expect(bands(bare)).toHaveLength(2);
    const none = track();
    none.disregard(-1);
    expect(bands(none)).toHaveLength(1);
    const dropped = track(5, 6, 7);
    dropped.drop({ start: 30, end: 30 }, 40, 45);
    dropped.disregard(19);
    expect(bands(dropped).map(([index]) => index)).toEqual([0, 10, 30, 40]);
  });
});

describe("an override that was taken back", () => {
  test("is told with its place, and where the policy before it was put back", () => {
    expect(track(5, 3).undone(9)).toEqual({
      policy: expect.objectContaining({ retries: 5 }),
      set: { index: 10, at: 10 },
      restored: { index: 20, at: 20 },
    });
    expect(track(5, 6, 5).undone(9)).toMatchObject({ policy: { retries: 6 }, set: { index: 20 } });
  });
  test("is none before it is, after something else, of a call before, or where nothing changed", () => {
    expect(track().undone(0)).toBeUndefined();
    expect(track(3).undone(0)).toBeUndefined();
    expect(track(5).undone(0)).toBeUndefined();
    expect(track(5, 6).undone(0)).toBeUndefined();
    expect(track(3, 3).undone(0)).toBeUndefined();
    expect(track(5, 3).undone(10)).toBeUndefined();
    const disturbed = track(5, 3);
    disturbed.disturb();
    expect(disturbed.undone(0)).toBeUndefined();
    disturbed.set(30, 30, entry(5));
    disturbed.set(40, 40, entry(3));
    expect(disturbed.undone(0)).toMatchObject({ set: { index: 30 } });
  });
});

test("policies are the same but for jitter and fractions of a millisecond", () => {
  const same = (more: Partial<Policy>) => samePolicy(own, { ...own, ...more });
  expect(same({ jitter: 0, minDelay: 100.4, maxDelay: 1000.4 })).toBe(true);
  expect([{ retries: 4 }, { minDelay: 101 }, { maxDelay: 999 }, { multiplier: 2 }].map(same)).toEqual(
    Array(4).fill(false),
  );
  expect(samePolicy({ ...own, multiplier: Number.NaN }, { ...own, multiplier: Number.NaN })).toBe(true);
});

test("a policy without its fields has no retries and no known growth", () => {
  const bare = { retries: 0, minDelay: 0, maxDelay: 0, multiplier: Number.NaN, jitter: 0 };
  expect(policyOf({ type: "ChangeRetryPolicy", timestamp: "" })).toEqual(bare);
  expect(policyOf({ type: "ChangeRetryPolicy", timestamp: "", new_policy: { multiplier: null } })).toEqual(bare);
  expect(
    policyOf({
      ...entry(2),
      new_policy: { max_attempts: 2, min_delay: "1s", max_delay: "2s", multiplier: 0, max_jitter_factor: 0.5 },
    }),
  ).toEqual({
    retries: 2,
    minDelay: 1000,
    maxDelay: 2000,
    multiplier: 0,
    jitter: 0.5,
  });
});

test("the policy at the end is the last that no jump dropped", () => {
  const at = (start: number, end: number) =>
    policyAtEnd(
      log([0, "Create"], set(1, 5, "1s", "2s", 2), [2, "NoOp"], set(3, 6, "1s", "2s", 2), [
        4,
        "Jump",
        { jump: { start, end } },
      ]),
      own,
    ).retries;
  expect([at(4, 4), at(3, 5), at(2, 3), at(5, 5), at(2, 4), at(1, 9)]).toEqual([5, 5, 6, 6, 3, 3]);
});

test.each([
  [{ jitter: 0 }, 0, 100, 100],
  [{ jitter: 0 }, 1, 100, 100],
  [{ jitter: 0 }, 2, 300, 300],
  [{}, 1, 100, 115],
  [{ minDelay: 100.9, jitter: 0.999 }, 1, 100, 199],
  [{ multiplier: 2.9, jitter: 0 }, 2, 200, 200],
  [{ multiplier: -1, jitter: 0 }, 2, 0, 0],
  [{ multiplier: Number.NaN, jitter: 0 }, 1, 100, 100],
  [{ maxDelay: 290.7, jitter: 0 }, 2, 290, 290],
  [{ maxDelay: 320 }, 2, 300, 320],
  [{ retries: 5000, maxDelay: Number.MAX_VALUE }, 4000, Number.MAX_SAFE_INTEGER, 1.03e16],
])("%j, after %i failures: %d to %d ms", (more, failures, least, most) => {
  const found = plannedDelay({ ...own, ...more }, failures);
  expect(found?.least).toBe(least);
  expect(found?.most).toBeCloseTo(most, -15);
});
