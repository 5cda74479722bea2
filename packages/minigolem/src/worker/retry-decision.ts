import type { Outcome } from "../guest/messages.js";
import type { HostRetryPolicy } from "../oplog/entries.js";
import { retryDelay } from "../retry.js";

/** What is known of an execution that failed. */
export type Failure = Pick<Extract<Outcome, { kind: "trapped" }>, "error" | "stderr" | "final" | "policy" | "tries">;

/**
 * When a failed worker is executed again.
 * @returns milliseconds from now, or undefined: never
 */
export function retryDecision(
  { final, policy, tries }: Failure,
  { ephemeral, defaultPolicy, random }: { ephemeral: boolean; defaultPolicy: HostRetryPolicy; random: () => number },
): number | undefined {
  if (final || ephemeral) return undefined; // Golem never recovers an ephemeral worker (recording `patient-ephemeral`)
  const delay = retryDelay(policy ?? defaultPolicy, tries, random);
  return delay === undefined ? undefined : Math.round(delay);
}
