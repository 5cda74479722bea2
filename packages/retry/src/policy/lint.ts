import { formatDuration } from "./duration.js";
import { delayBefore, type Engine } from "./plan.js";
import type { RetryPolicy } from "./policy.js";

/** Something in a policy that an engine carries out otherwise than it reads, or that reads otherwise than it was meant. */
export interface Finding {
  /** Its name. */
  readonly rule:
    | "multiplier-truncated"
    | "multiplier-below-one"
    | "jitter-dropped"
    | "below-millisecond"
    | "min-over-max"
    | "first-delay-twice"
    | "no-delay";
  /** Where the policy says it. */
  readonly field: "retries" | "minDelay" | "maxDelay" | "multiplier" | "jitter";
  /** What happens, and what to do. */
  readonly message: string;
}

const durable = "`retrying` does what the policy says";

function* golemFindings(policy: RetryPolicy, engine: Engine): Generator<Finding> {
  const { retries, minDelay, maxDelay, multiplier, jitter } = policy;
  const whole = Math.trunc(multiplier);
  if (multiplier !== whole) {
    const meaning =
      whole === 0 ? "no wait from the third retry on" : whole === 1 ? "the same wait each time" : `×${whole}`;
    yield {
      rule: "multiplier-truncated",
      field: "multiplier",
      message: `multiplier ${multiplier} is cut to ${whole} by Golem 1.2: ${meaning}. Take a whole number; ${durable}`,
    };
  } else if (whole === 0 && retries > 1 && minDelay > 0n) {
    yield {
      rule: "multiplier-below-one",
      field: "multiplier",
      message: "multiplier 0: Golem 1.2 waits minDelay twice and then not at all. Take 1 for a constant wait",
    };
  }
  if (jitter > 0 && engine === "golem-1.2") {
    yield {
      rule: "jitter-dropped",
      field: "jitter",
      message: `jitter ${jitter} is dropped by set-retry-policy of Golem 1.2: workers that fail together ask again together. Leave it out; ${durable}`,
    };
  }
  for (const [field, value] of [
    ["minDelay", minDelay],
    ["maxDelay", maxDelay],
  ] as const) {
    if (value % 1_000_000n === 0n || (field === "maxDelay" && value === minDelay)) continue;
    const kept = formatDuration((value / 1_000_000n) * 1_000_000n);
    yield {
      rule: "below-millisecond",
      field,
      message: `${field} ${formatDuration(value)} is ${kept} to Golem 1.2, which counts in whole milliseconds. Take those`,
    };
  }
  if (
    retries >= 2 &&
    whole >= 2 &&
    delayBefore(policy, 1, engine) < delayBefore({ ...policy, jitter: 0 }, 2, "ideal")
  ) {
    yield {
      rule: "first-delay-twice",
      field: "minDelay",
      message: `Golem 1.2 waits minDelay (${formatDuration(minDelay)}) before the second retry too, and multiplies from the third on. ${durable}`,
    };
  }
}

/**
 * What to know about a policy before an engine carries it out. No finding, no surprise.
 * @example lint(policy, "golem-1.2").map((finding) => finding.message)
 */
export function lint(policy: RetryPolicy, engine: Engine = "golem-1.2"): Finding[] {
  const { retries, minDelay, maxDelay, multiplier } = policy;
  if (retries === 0) return [];
  const findings: Finding[] = [];
  if (minDelay > maxDelay) {
    findings.push({
      rule: "min-over-max",
      field: "minDelay",
      message: `minDelay ${formatDuration(minDelay)} is over maxDelay ${formatDuration(maxDelay)}: every wait is maxDelay. Swap them, or make them the same`,
    });
  }
  if (delayBefore(policy, 1, "ideal") === 0n) {
    findings.push({
      rule: "no-delay",
      field: minDelay === 0n ? "minDelay" : "maxDelay",
      message: "nothing is waited: a service that is down is asked without a pause. Give it some time",
    });
  } else if (engine === "ideal" && multiplier < 1 && retries > 1) {
    findings.push({
      rule: "multiplier-below-one",
      field: "multiplier",
      message: `multiplier ${multiplier}: each wait is shorter than the one before. Take 1 or more`,
    });
  }
  if (engine !== "ideal") findings.push(...golemFindings(policy, engine));
  return findings;
}
