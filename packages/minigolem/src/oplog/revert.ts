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

/** Idempotency keys of calls that are first on record after an entry: when that is dropped, nobody has called them. */
export function calledAfter(entries: readonly OplogEntry[], index: OplogIndex): Set<string> {
  const skipped = Regions.of(entries);
  const keys = (of: readonly OplogEntry[]) =>
    of.flatMap((entry) =>
      entry.type === "PendingWorkerInvocation" || entry.type === "ExportedFunctionInvoked"
        ? [entry.idempotencyKey]
        : [],
    );
  const kept = new Set(keys(entries.slice(0, index).filter((_, i) => !skipped.has(i + 1))));
  return new Set(keys(entries.slice(index)).filter((key) => !kept.has(key)));
}

function beforeLast(entries: readonly OplogEntry[], invocations: number): OplogIndex {
  let left = invocations;
  for (let i = entries.length; i >= 1; i--) {
    if (entries[i - 1]?.type === "ExportedFunctionInvoked" && --left === 0) return i - 1;
  }
  throw new GolemFault("InvalidRequest", `Could not find ${invocations} invocations to revert`);
}
