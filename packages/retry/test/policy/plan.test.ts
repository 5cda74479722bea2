import fc from "fast-check";
import { expect, describe as suite, test } from "vitest";
import {
  delayBefore,
  describe,
  type Engine,
  formatDuration,
  golemDefaults,
  lint,
  plan,
  presets,
  retryPolicy,
} from "../../src/policy/index.js";
import { policiesOf } from "./arbitrary.js";

const ms = (n: number) => BigInt(Math.round(n * 1e6));
const policyOf = (retries: number, min: number, max: number, multiplier: number, jitter = 0) =>
  retryPolicy({ retries, minDelay: ms(min), maxDelay: ms(max), multiplier, jitter });
const inMs = (delays: readonly bigint[]) => delays.map((ns) => Number(ns) / 1e6);

// Measured on Golem 1.2.0: milliseconds from one Error entry to the next. That is the wait, and on top of it a recovery (30 to 70 ms).
const measured: [name: string, policy: ReturnType<typeof policyOf>, waits: number[]][] = [
  ["half a millisecond", policyOf(4, 0.5, 1000, 2), [58, 32, 34, 34]],
  ["×0.5", policyOf(4, 100, 1000, 0.5), [167, 137, 39, 32]],
  ["×1.5", policyOf(3, 100, 2000, 1.5), [171, 132, 141]],
  ["×2", policyOf(6, 50, 1000, 2), [114, 90, 140, 241, 438, 845]],
  ["×3 with a cap", policyOf(4, 40, 400, 3), [100, 78, 159, 396]],
  ["×2 and jitter", policyOf(4, 200, 2000, 2, 0.5), [255, 230, 436, 845]],
  ["no retry", policyOf(0, 100, 1000, 2), []],
  ["one retry", policyOf(1, 100, 1000, 2), [162]],
  ["min over max", policyOf(3, 200, 100, 2), [161, 134, 136]],
  ["nothing", policyOf(3, 0, 0, 0), [62, 32, 34]],
];

suite("the plan of Golem 1.2", () => {
  test.each(measured)("is what a server did: %s", (_, policy, waits) => {
    const { executions, delays } = plan(policy, "golem-1.2");
    expect(executions).toBe(waits.length + 1);
    for (const [i, delay] of inMs(delays).entries()) {
      const recovery = (waits[i] as number) - delay;
      expect(recovery).toBeGreaterThan(25);
      expect(recovery).toBeLessThan(75);
    }
  });

  test("of its own configuration has jitter", () => {
    const { delays, longest, executions } = plan(golemDefaults, "golem-1.2-config");
    expect(executions).toBe(4);
    expect(inMs(delays)).toEqual([100, 100, 300]);
    expect(inMs(longest)).toEqual([115, 115, 345]);
    expect(plan(golemDefaults, "golem-1.2").longest).toEqual(delays);
  });

  test("stays at the top where 64 bits end", () => {
    const policy = retryPolicy({ retries: 80, minDelay: "1ms", maxDelay: 2n ** 64n - 1n, multiplier: 2 ** 63 });
    expect(plan(policy, "golem-1.2").delays.at(-1)).toBe(((2n ** 64n - 1n) / 1_000_000n) * 1_000_000n);
  });
});

suite("the ideal plan", () => {
  test.each([
    [policyOf(5, 200, 10_000, 2), [200, 400, 800, 1600, 3200]],
    [policyOf(4, 100, 1000, 1.5), [100, 150, 225, 337.5]],
    [policyOf(4, 100, 300, 2), [100, 200, 300, 300]],
    [policyOf(3, 100, 1000, 1), [100, 100, 100]],
    [policyOf(2, 500, 100, 2), [100, 100]],
    [policyOf(2, 0, 100, 1e300), [0, 0]],
    [policyOf(0, 100, 100, 1), []],
  ])("of %o", (policy, delays) => {
    expect(inMs(plan(policy).delays)).toEqual(delays);
  });

  test("has a total, without and with jitter", () => {
    const { total, longestTotal } = plan(policyOf(3, 100, 10_000, 2, 0.5));
    expect(total).toBe(ms(700));
    expect(longestTotal).toBe(ms(1050));
  });
});

const engines: Engine[] = ["ideal", "golem-1.2", "golem-1.2-config"];

suite.each(engines)("every plan of %s", (engine) => {
  test("has retries + 1 executions, and waits from 0 to maxDelay, jitter included", () => {
    fc.assert(
      fc.property(policiesOf(50), (policy) => {
        const { executions, delays, longest } = plan(policy, engine);
        expect(executions).toBe(policy.retries + 1);
        expect(delays).toHaveLength(policy.retries);
        for (const [i, delay] of delays.entries()) {
          expect(delay >= 0n && delay <= (longest[i] as bigint) && (longest[i] as bigint) <= policy.maxDelay).toBe(
            true,
          );
        }
      }),
    );
  });

  test("never waits less than before, from multiplier 1 up", () => {
    fc.assert(
      fc.property(policiesOf(50), (policy) => {
        fc.pre(policy.multiplier >= 1);
        const { delays } = plan(policy, engine);
        for (let i = 1; i < delays.length; i++) expect((delays[i] as bigint) >= (delays[i - 1] as bigint)).toBe(true);
      }),
    );
  });

  test("waits at once, or between the two bounds, whatever the chance", () => {
    fc.assert(
      fc.property(policiesOf(20), fc.double({ min: 0, max: 1, noNaN: true }), (policy, random) => {
        const { delays, longest } = plan(policy, engine);
        for (const [i, least] of delays.entries()) {
          const delay = delayBefore(policy, i + 1, engine, random);
          expect(delay >= least && delay <= (longest[i] as bigint)).toBe(true);
        }
      }),
    );
  });
});

test("a plan of all that may be listed is made", () => {
  const most = policyOf(100_000, 1, 1, 1);
  expect(plan(most).total).toBe(ms(100_000));
  expect(describe(most)).toBe("100000 retries after 1ms, 1ms, 1ms, 1ms, … 1ms: 100s in all");
});

test("a plan without end is refused", () => {
  const endless = retryPolicy({ retries: 4294967295, minDelay: "1s", maxDelay: "1s", multiplier: 1 });
  expect(() => plan(endless)).toThrow(
    "plan: retries is 4294967295; allowed: up to 100000, as each wait is listed. delayBefore(policy, n) gives a single one",
  );
  expect(describe(endless)).toBe("4294967295 retries after 1s, 1s, 1s, 1s, … 1s");
});

suite("lint", () => {
  const rules = (policy: Parameters<typeof lint>[0], engine?: Engine) => lint(policy, engine).map((each) => each.rule);

  test.each<[string[], ReturnType<typeof policyOf>]>([
    [[], policyOf(5, 1000, 1000, 1)],
    [[], policyOf(1, 100, 1000, 2)],
    [[], policyOf(0, 0, 0, 0, 1)],
    [["multiplier-truncated"], policyOf(3, 100, 2000, 1.5)],
    [["multiplier-truncated"], policyOf(3, 100, 2000, 0.5)],
    [["multiplier-below-one"], policyOf(3, 100, 2000, 0)],
    [["jitter-dropped"], policyOf(3, 100, 1000, 1, 0.1)],
    [["below-millisecond"], policyOf(3, 100.5, 1000, 1)],
    [["below-millisecond"], policyOf(3, 0.5, 0.5, 1)],
    [["min-over-max"], policyOf(3, 200, 100, 2)],
    [["no-delay"], policyOf(3, 0, 1000, 1)],
    [["min-over-max", "no-delay"], policyOf(3, 100, 0, 1)],
    [["first-delay-twice"], policyOf(3, 100, 1000, 2)],
    [["multiplier-truncated", "jitter-dropped", "first-delay-twice"], policyOf(3, 100, 1000, 2.5, 0.1)],
  ])("for Golem 1.2 finds %j", (expected, policy) => {
    expect(rules(policy, "golem-1.2").toSorted()).toEqual(expected.toSorted());
  });

  const durable = "`retrying` does what the policy says";
  test.each<[ReturnType<typeof policyOf>, string, string]>([
    [
      policyOf(3, 100, 2000, 2.5),
      "multiplier",
      `multiplier 2.5 is cut to 2 by Golem 1.2: ×2. Take a whole number; ${durable}`,
    ],
    [
      policyOf(3, 100, 2000, 1.5),
      "multiplier",
      `multiplier 1.5 is cut to 1 by Golem 1.2: the same wait each time. Take a whole number; ${durable}`,
    ],
    [
      policyOf(3, 100, 2000, 0.5),
      "multiplier",
      `multiplier 0.5 is cut to 0 by Golem 1.2: no wait from the third retry on. Take a whole number; ${durable}`,
    ],
    [
      policyOf(3, 100, 2000, 0),
      "multiplier",
      "multiplier 0: Golem 1.2 waits minDelay twice and then not at all. Take 1 for a constant wait",
    ],
    [
      policyOf(3, 100, 1000, 1, 0.1),
      "jitter",
      `jitter 0.1 is dropped by set-retry-policy of Golem 1.2: workers that fail together ask again together. Leave it out; ${durable}`,
    ],
    [
      policyOf(3, 100.5, 1000, 1),
      "minDelay",
      "minDelay 100.5ms is 100ms to Golem 1.2, which counts in whole milliseconds. Take those",
    ],
    [
      policyOf(3, 100, 1000.5, 1),
      "maxDelay",
      "maxDelay 1.0005s is 1s to Golem 1.2, which counts in whole milliseconds. Take those",
    ],
    [
      policyOf(3, 200, 100, 1),
      "minDelay",
      "minDelay 200ms is over maxDelay 100ms: every wait is maxDelay. Swap them, or make them the same",
    ],
    [
      policyOf(3, 0, 1000, 1),
      "minDelay",
      "nothing is waited: a service that is down is asked without a pause. Give it some time",
    ],
    [
      policyOf(3, 100, 1000, 2),
      "minDelay",
      `Golem 1.2 waits minDelay (100ms) before the second retry too, and multiplies from the third on. ${durable}`,
    ],
  ])("names the field, and says what happens and what to do: %o", (policy, field, message) => {
    expect(lint(policy)).toContainEqual({ rule: expect.any(String), field, message });
  });

  test("blames the cap for a wait of nothing when it is the cap that is nothing", () => {
    expect(lint(policyOf(3, 100, 0, 1)).find(({ rule }) => rule === "no-delay")?.field).toBe("maxDelay");
  });

  test("of a multiplier below one says nothing where no second wait follows", () => {
    expect(rules(policyOf(1, 100, 1000, 0), "golem-1.2")).toEqual([]);
    expect(rules(policyOf(1, 100, 1000, 0), "ideal")).toEqual([]);
    expect(lint(policyOf(2, 100, 1000, 0.5), "ideal")).toEqual([
      {
        rule: "multiplier-below-one",
        field: "multiplier",
        message: "multiplier 0.5: each wait is shorter than the one before. Take 1 or more",
      },
    ]);
    expect(rules(policyOf(3, 100, 1000, 1), "ideal")).toEqual([]);
    expect(rules(policyOf(3, 0, 1000, 0), "golem-1.2")).toEqual(["no-delay"]);
  });

  test("leaves Golem's own policy its jitter", () => {
    expect(rules(golemDefaults, "golem-1.2-config")).toEqual(["first-delay-twice"]);
  });

  test("for a durable step finds what is unwise only", () => {
    expect(rules(policyOf(3, 100.5, 1000, 2.5, 0.1), "ideal")).toEqual([]);
    expect(rules(policyOf(3, 100, 1000, 0.5), "ideal")).toEqual(["multiplier-below-one"]);
    expect(rules(policyOf(3, 0, 1000, 0.5), "ideal")).toEqual(["no-delay"]);
  });

  test("without finding, the engine waits as the policy reads", () => {
    const likely = fc
      .tuple(fc.nat(20), fc.nat(1000), fc.nat(5000), fc.constantFrom(0, 1, 1, 2, 3))
      .map(([retries, min, max, multiplier]) => policyOf(retries, min, max, multiplier));
    fc.assert(
      fc.property(likely, (policy) => {
        fc.pre(lint(policy, "golem-1.2").length === 0);
        expect(plan(policy, "golem-1.2")).toEqual(plan(policy, "ideal"));
      }),
    );
  });
});

suite("describe", () => {
  test.each([
    [presets.none, "ideal", "no retry"],
    [policyOf(1, 500, 1000, 2), "ideal", "1 retry after 500ms: 500ms in all"],
    [policyOf(5, 200, 10_000, 2), "ideal", "5 retries after 200ms, 400ms, 800ms, 1.6s, 3.2s: 6.2s in all"],
    [policyOf(6, 200, 10_000, 2), "ideal", "6 retries after 200ms, 400ms, 800ms, 1.6s, … 6.4s: 12.6s in all"],
    [policyOf(1, 500, 1000, 2, 0.1), "ideal", "1 retry after 500ms, each up to 10 % longer: 500ms in all"],
    [policyOf(1, 500, 1000, 2, 0.1), "golem-1.2", "1 retry after 500ms: 500ms in all"],
    [policyOf(5, 200, 10_000, 2), "golem-1.2", "5 retries after 200ms, 200ms, 400ms, 800ms, 1.6s: 3.2s in all"],
    [golemDefaults, "golem-1.2-config", "3 retries after 100ms, 100ms, 300ms, each up to 15 % longer: 500ms in all"],
  ] as const)("%o on %s", (policy, engine, text) => {
    expect(describe(policy, engine)).toBe(text);
  });

  test("of the presets", () => {
    const totals = Object.entries(presets).map(([name, policy]) => [name, formatDuration(plan(policy).total)]);
    expect(Object.fromEntries(totals)).toEqual({
      none: "0s",
      quick: "700ms",
      steady: "10s",
      patient: "903s",
      persistent: "176895s",
    });
  });
});
