import type { HostRetryPolicy, OplogEntry, OplogIndex } from "./entries.js";
import { Regions } from "./regions.js";

/** The policy that a component has set and no jump or revert took back; undefined: the server's own is in force. */
export function policyInForce(log: readonly OplogEntry[], upTo: OplogIndex = log.length): HostRetryPolicy | undefined {
  const skipped = Regions.of(log);
  for (let i = upTo; i >= 1; i--) {
    const entry = log[i - 1];
    if (entry?.type === "ChangeRetryPolicy" && !skipped.has(i)) return entry.policy;
  }
  return undefined;
}
