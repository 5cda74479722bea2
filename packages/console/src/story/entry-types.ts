import type { IndexedEntry, OplogEntry } from "golem-client";

/** The entries of Golem 1.2's public oplog (`golem-common/src/model/public_oplog` at v1.2.0). */
const known: Record<OplogEntry["type"], true> = {
  Create: true,
  ImportedFunctionInvoked: true,
  ExportedFunctionInvoked: true,
  ExportedFunctionCompleted: true,
  Suspend: true,
  NoOp: true,
  Interrupted: true,
  Exited: true,
  BeginAtomicRegion: true,
  BeginRemoteWrite: true,
  Restart: true,
  Error: true,
  Jump: true,
  Revert: true,
  ChangeRetryPolicy: true,
  EndAtomicRegion: true,
  EndRemoteWrite: true,
  PendingWorkerInvocation: true,
  PendingUpdate: true,
  SuccessfulUpdate: true,
  FailedUpdate: true,
  GrowMemory: true,
  CreateResource: true,
  DropResource: true,
  DescribeResource: true,
  Log: true,
  CancelInvocation: true,
  StartSpan: true,
  FinishSpan: true,
  SetSpanAttribute: true,
  ActivatePlugin: true,
  DeactivatePlugin: true,
};

/** What to say about entries that a newer server writes; undefined when all are known. */
export function unknownEntries(entries: readonly IndexedEntry[]): string | undefined {
  const found = new Map<string, number>();
  for (const { oplogIndex, entry } of entries)
    if (!Object.hasOwn(known, entry.type) && !found.has(entry.type)) found.set(entry.type, oplogIndex);
  if (found.size === 0) return undefined;
  const list = [...found].map(([type, index]) => `${type} (first at ${index})`).join(", ");
  return `The oplog has entries that golem-console does not know: ${list}. The picture leaves them out. They are the server's, perhaps of a version after 1.2.`;
}
