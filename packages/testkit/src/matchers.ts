import type { IndexedEntry } from "golem-client";
import { describe, golemDefaults, type RetryPolicy } from "golem-retry/policy";
import { policyAtEnd, policyText } from "golem-timeline";
import { expect } from "vitest";
import { alike, asTimelinePolicy, divided, type Expected, explainRetries, type RetriedOptions } from "./policy.js";

interface RetryMatchers {
  /**
   * Passes for a worker's oplog if only these policies decided how often and when was retried, and each of them did so at least once.
   * It holds for Golem's own retries, whose policy is on record, and for `retrying` and `retryingInPlace`, whose count and waits are.
   * A wait that the service asked for (`retryAfter`) counts as one of the policy's retries, whatever its length.
   */
  toHaveRetriedWith(...policies: RetryPolicy[]): void;
  /** Compares the waits that the service asked for, too: `toHaveRetriedWith(polite, { retryAfter: ["3s"] })`. */
  toHaveRetriedWith(...expected: [...policies: RetryPolicy[], options: RetriedOptions]): void;
  /** Of a worker's oplog: this policy is in force at its end. The jitter is not compared: Golem 1.2 drops it. */
  toEndUnder(policy: RetryPolicy): void;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it
  interface Matchers<T = any> extends RetryMatchers {}
}

let serversOwn: RetryPolicy = golemDefaults;

/** Says what is in force until a component sets another. */
export function setDefaultPolicy(policy: RetryPolicy): void {
  serversOwn = policy;
}

function needsOplog(given: unknown): asserts given is IndexedEntry[] {
  if (!Array.isArray(given))
    throw new TypeError(
      "the value that expect was given is no oplog of a worker. Write expect(await worker.oplog()).toHaveRetriedWith(…) or .toEndUnder(…)",
    );
}

expect.extend({
  toHaveRetriedWith(entries: unknown, ...expected: Expected[]) {
    needsOplog(entries);
    const { policies, options } = divided(expected);
    const why = explainRetries(entries, policies, serversOwn, options);
    return {
      pass: why === undefined,
      message: () =>
        why ??
        `expected other policies than these to have decided the retries:\n${policies.map((p) => describe(p)).join("\n")}`,
    };
  },
  toEndUnder(entries: unknown, policy: RetryPolicy) {
    needsOplog(entries);
    const actual = policyAtEnd(entries, asTimelinePolicy(serversOwn));
    const pass = alike(actual, asTimelinePolicy(policy));
    const expected = policyText(asTimelinePolicy(policy));
    return {
      pass,
      message: () =>
        `expected ${pass ? "another policy than " : ""}${expected} to be in force at the end, and found ${policyText(actual)}`,
    };
  },
});

/** vitest's, with the matchers `toHaveRetriedWith` and `toEndUnder`. */
export { expect };
