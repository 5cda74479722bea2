import { describe, expect, test } from "vitest";
import { policyFromEnvironment } from "../src/environment.js";
import { golemDefaultPolicy } from "../src/retry.js";

describe("the retry policy of the environment", () => {
  test("is Golem's own where nothing is said", () => {
    expect(policyFromEnvironment({})).toEqual(golemDefaultPolicy);
  });

  test("is what the variables of Golem's executor say", () => {
    const environment = {
      GOLEM__RETRY__MAX_ATTEMPTS: "5",
      GOLEM__RETRY__MIN_DELAY: "1s 500ms",
      GOLEM__RETRY__MAX_DELAY: " 2m ",
      GOLEM__RETRY__MULTIPLIER: "1.5",
      GOLEM__RETRY__MAX_JITTER_FACTOR: "0",
    };
    expect(policyFromEnvironment(environment)).toEqual({
      maxAttempts: 5,
      minDelay: 1_500_000_000n,
      maxDelay: 120_000_000_000n,
      multiplier: 1.5,
      maxJitterFactor: 0,
    });
  });

  test.each([
    ["MAX_ATTEMPTS", "abc", "expected a whole number from 0 to 4294967295"],
    ["MAX_ATTEMPTS", "-1", "expected a whole number"],
    ["MAX_ATTEMPTS", "4294967296", "expected a whole number"],
    ["MIN_DELAY", "5", 'expected a duration such as "100ms"'],
    ["MIN_DELAY", "", "expected a duration"],
    ["MAX_DELAY", "9999999999999h", "at most 584 years"],
    ["MULTIPLIER", "NaN", "expected a number"],
    ["MULTIPLIER", "Infinity", "expected a number"],
    ["MAX_JITTER_FACTOR", "-0.1", "expected a number, 0 or more"],
  ])("%s as %j is refused", (name, value, message) => {
    const variable = `GOLEM__RETRY__${name}`;
    const read = () => policyFromEnvironment({ [variable]: value });
    expect(read).toThrow(`${variable} is "${value}": `);
    expect(read).toThrow(message);
  });
});
