import { formatDuration } from "./duration.js";
import { delayBefore, type Engine, maxPlanned, plan } from "./plan.js";
import type { RetryPolicy } from "./policy.js";

const shownDelays = 4;

/**
 * A policy in one line.
 * @example describe(policy) // "5 retries after 200ms, 400ms, 800ms, 1.6s, 3.2s: 6.2s in all"
 */
export function describe(policy: RetryPolicy, engine: Engine = "ideal"): string {
  const { retries, jitter } = policy;
  if (retries === 0) return "no retry";
  const count = retries === 1 ? "1 retry" : `${retries} retries`;
  const listed = Math.min(retries, retries <= shownDelays + 1 ? retries : shownDelays);
  const delays = Array.from({ length: listed }, (_, i) => formatDuration(delayBefore(policy, i + 1, engine)));
  if (listed < retries) delays.push(`… ${formatDuration(delayBefore(policy, retries, engine))}`);
  const extra =
    jitter > 0 && engine !== "golem-1.2" ? `, each up to ${Number((jitter * 100).toPrecision(3))} % longer` : "";
  const total = retries <= maxPlanned ? `: ${formatDuration(plan(policy, engine).total)} in all` : "";
  return `${count} after ${delays.join(", ")}${extra}${total}`;
}
