import { GolemFault } from "../fault.js";
import type { OplogEntry, OplogIndex } from "./entries.js";
import { Regions } from "./regions.js";

/** How far a worker is to be taken back. */
export type RevertTarget = { lastOplogIndex: OplogIndex } | { numberOfInvocations: number };

/**
 * The last entry that stays, as Golem 1.2 finds it: invocations that were reverted before count too (recording `revert-to-index`).
 * @throws GolemFault when there is none
 */
export function revertIndex(entries: readonly OplogEntry[], target: RevertTarget): OplogIndex {
  const index =
    "lastOplogIndex" in target ? Math.max(1, target.lastOplogIndex) : beforeLast(entries, target.numberOfInvocations);
  if (Regions.of(entries).has(index))
    throw new GolemFault("InvalidRequest", `Attempted to revert to a deleted region in oplog to index ${index}`);
  return index;
}

function beforeLast(entries: readonly OplogEntry[], invocations: number): OplogIndex {
  let left = invocations;
  for (let i = entries.length; i >= 1; i--) {
    if (entries[i - 1]?.type === "ExportedFunctionInvoked" && --left === 0) return i - 1;
  }
  throw new GolemFault("InvalidRequest", `Could not find ${invocations} invocations to revert`);
}
