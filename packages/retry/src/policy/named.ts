import { formatDuration, maxDuration } from "./duration.js";
import { maxRetries, type RetryPolicy, retryPolicy } from "./policy.js";

/** A value that a predicate of `golem:api/retry@1.5.0` compares with, as component bindings show it. */
export type PredicateValue =
  | { tag: "text"; val: string }
  | { tag: "integer"; val: bigint }
  | { tag: "boolean"; val: boolean };

/** A node of `retry-predicate` in `golem:api/retry@1.5.0`, as component bindings show it. Pairs and `pred-not` hold indexes of nodes. */
export type PredicateNode =
  | {
      tag: "prop-eq" | "prop-neq" | "prop-gt" | "prop-gte" | "prop-lt" | "prop-lte";
      val: { propertyName: string; value: PredicateValue };
    }
  | { tag: "prop-exists"; val: string }
  | { tag: "prop-in"; val: { propertyName: string; values: PredicateValue[] } }
  | { tag: "prop-matches" | "prop-starts-with" | "prop-contains"; val: { propertyName: string; pattern: string } }
  | { tag: "pred-and" | "pred-or"; val: [number, number] }
  | { tag: "pred-not"; val: number }
  | { tag: "pred-true" | "pred-false" };

/** A node of `retry-policy` in `golem:api/retry@1.5.0`, as component bindings show it. `inner` and pairs are indexes of nodes. Durations in nanoseconds. */
export type PolicyNode =
  | { tag: "periodic"; val: bigint }
  | { tag: "exponential"; val: { baseDelay: bigint; factor: number } }
  | { tag: "fibonacci"; val: { first: bigint; second: bigint } }
  | { tag: "immediate" | "never"; val?: undefined }
  | { tag: "count-box"; val: { maxRetries: number; inner: number } }
  | { tag: "time-box"; val: { limit: bigint; inner: number } }
  | { tag: "clamp-delay"; val: { minDelay: bigint; maxDelay: bigint; inner: number } }
  | { tag: "add-delay"; val: { delay: bigint; inner: number } }
  | { tag: "jitter"; val: { factor: number; inner: number } }
  | { tag: "filtered-on"; val: { predicate: { nodes: PredicateNode[] }; inner: number } }
  | { tag: "and-then" | "policy-union" | "policy-intersect"; val: [number, number] };

/** `named-retry-policy` of `golem:api/retry@1.5.0`. The first node of each tree is its root. */
export interface NamedPolicy {
  name: string;
  /** Of all policies whose predicate holds, Golem uses the one with the highest priority. */
  priority: number;
  predicate: { nodes: PredicateNode[] };
  policy: { nodes: PolicyNode[] };
}

/**
 * The policy as Golem 1.5 knows it, for every failure. Nothing of it is lost: count, waits, jitter and cap are what `plan(policy)` says.
 * What a component says beside it (a deadline, `retryAfter`, `giveUp`) has no place there.
 * @param priority from 1: Golem's own policy, `default`, has 0, and of equals the first by name decides
 */
export function toNamedPolicy(policy: RetryPolicy, name: string, priority = 1): NamedPolicy {
  if (!Number.isInteger(priority) || priority < 1 || priority > maxRetries) {
    throw new RangeError(
      `toNamedPolicy: priority is ${priority}; allowed: a whole number from 1 to ${maxRetries}. Of priority 0 Golem's own policy, "default", may decide instead`,
    );
  }
  const { retries, minDelay, maxDelay, multiplier, jitter } = policy;
  return {
    name,
    priority,
    predicate: { nodes: [{ tag: "pred-true" }] },
    policy: {
      nodes: [
        { tag: "count-box", val: { maxRetries: retries, inner: 1 } },
        { tag: "clamp-delay", val: { minDelay: 0n, maxDelay, inner: 2 } }, // around the jitter: no wait exceeds it
        { tag: "jitter", val: { factor: jitter, inner: 3 } },
        { tag: "exponential", val: { baseDelay: minDelay, factor: multiplier } },
      ],
    },
  };
}

const noCounterpart = (node: string, name: string) =>
  new TypeError(
    `fromNamedPolicy: ${node} of "${name}" has no counterpart; allowed: exponential, periodic, immediate or never, within count-box, clamp-delay, jitter, time-box, filtered-on`,
  );

/**
 * The nearest policy to a named one of Golem 1.5.
 * @returns it, and a sentence for each thing that it does not say
 * @throws TypeError if its waits are no series of one delay and one factor; RangeError as `retryPolicy`, or if its nodes are no tree
 */
export function fromNamedPolicy(named: NamedPolicy): { policy: RetryPolicy; lost: string[] } {
  const lost: string[] = [];
  if (named.predicate.nodes[0]?.tag !== "pred-true") {
    lost.push("its predicate: here a policy is for every failure, and retryIf of retrying decides about single errors");
  }
  let retries: number | undefined;
  let least = 0n;
  let most = maxDuration;
  let jitter = 0;
  let waits: { minDelay: bigint; multiplier: number } | undefined;
  let at = 0;
  for (let depth = 0; depth <= named.policy.nodes.length && !waits; depth++) {
    const node = named.policy.nodes[at];
    switch (node?.tag) {
      case "count-box":
        retries = Math.min(retries ?? maxRetries, node.val.maxRetries);
        break;
      case "time-box":
        lost.push(`its limit of ${formatDuration(node.val.limit)}: take deadline of retrying`);
        break;
      case "filtered-on":
        lost.push("its filter: take retryIf of retrying");
        break;
      case "clamp-delay":
        if (jitter > 0) lost.push("its jitter on top of the longest wait: here maxDelay holds for both");
        if (node.val.minDelay > least) least = node.val.minDelay;
        if (node.val.maxDelay < most) most = node.val.maxDelay;
        break;
      case "jitter":
        if (jitter > 0 && node.val.factor > 0) lost.push("one of its two jitters");
        jitter = Math.max(jitter, node.val.factor);
        break;
      case "exponential":
        waits = { minDelay: node.val.baseDelay, multiplier: node.val.factor };
        break;
      case "periodic":
        waits = { minDelay: node.val, multiplier: 1 };
        break;
      case "never":
        retries = 0;
        waits = { minDelay: 0n, multiplier: 1 };
        break;
      case "immediate":
        waits = { minDelay: 0n, multiplier: 1 };
        break;
      default:
        throw noCounterpart(node?.tag ?? `node ${at}, which is missing,`, named.name);
    }
    if (node && typeof node.val === "object" && "inner" in node.val) at = node.val.inner;
  }
  if (!waits)
    throw new RangeError(
      `fromNamedPolicy: the nodes of "${named.name}" are no tree: one is within itself. Let each node name others only`,
    );

  const { multiplier } = waits;
  let { minDelay } = waits;
  if (retries === undefined) lost.push(`that it has no end: here it has one after ${maxRetries} retries`);
  if (minDelay < least && multiplier === 1) minDelay = least;
  else if (minDelay < least || (multiplier < 1 && least > 0n)) {
    lost.push(`its shortest wait of ${formatDuration(least)}: take that as minDelay, or leave the small waits`);
  }
  return {
    policy: retryPolicy({ retries: retries ?? maxRetries, minDelay, maxDelay: most, multiplier, jitter }),
    lost,
  };
}
