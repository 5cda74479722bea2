import type { OplogEntry, OplogIndex } from "../../packages/minigolem/dist/oplog/entries.js";
import { Regions } from "../../packages/minigolem/dist/oplog/regions.js";

/** A request that was sent, and the entry with which its exchange begins. */
export interface Sent {
  /** Its place among the requests of a run without a crash. */
  place: number;
  begin: OplogIndex;
  /** The last entry on record when it was sent. */
  last: OplogIndex;
}

/** What the record says at a crash. */
export interface Verdict {
  /** Requests that may be sent once more: their answer is not on record, or counts for nothing in a region that is open. */
  again: Sent[];
  /** A request without an end that something came after: each later recovery begins there, and forgets what came after it. */
  gap: OplogIndex | undefined;
}

/**
 * Judges by the record alone what a recovery from it may ask for again, by Golem's rules and not by the engine's code.
 * @param settled places before this one are over although their region is open: their failure is in the key-value store;
 *   0 when nothing is there: what an open region has asked and dropped may be asked again, too
 */
export function judge(log: readonly OplogEntry[], sent: readonly Sent[], settled: number): Verdict {
  const skipped = Regions.of(log);
  const open = new Map<OplogIndex, "region" | "exchange">();
  /** An exchange during which something else was written: its end does not count. */
  const overlapped = new Set<OplogIndex>();
  const ended: { begin: OplogIndex; end: OplogIndex }[] = [];
  const lastError = log.findLastIndex(({ type }) => type === "Error") + 1;
  log.forEach((entry, i) => {
    const index = i + 1;
    if (skipped.has(index)) return;
    if (entry.type === "BeginAtomicRegion") open.set(index, "region");
    else if (entry.type === "BeginRemoteWrite") open.set(index, "exchange");
    else if (entry.type === "EndAtomicRegion") open.delete(entry.beginIndex);
    else if (entry.type === "EndRemoteWrite" && !overlapped.has(entry.beginIndex)) {
      open.delete(entry.beginIndex);
      ended.push({ begin: entry.beginIndex, end: index });
    } else for (const [begin, kind] of open) if (kind === "exchange" && isForeign(entry, begin)) overlapped.add(begin);
  });
  const [first] = open;
  if (!first) return { again: [], gap: undefined };
  const [, kind] = first;
  let [start] = first;
  // The rest of its answer is on record after the place where the recovery begins.
  for (const { begin, end } of ended.sort((a, b) => b.begin - a.begin)) if (begin < start && end > start) start = begin;
  const again = sent.filter(({ place, begin, last }) => {
    if (begin < start || (settled > 0 && skipped.has(begin))) return false;
    if (last < lastError) return false; // its failure is on record: what comes next is Golem's retry
    if (sent.some((other) => other.begin === begin && other.place > place)) return false; // so it came already
    return kind === "exchange" || place >= settled;
  });
  const gap = [...open].find(([begin, what]) => what === "exchange" && isOver(log, skipped, begin))?.[0];
  return { again, gap };
}

/** What Golem 1.2 does not replay between a request's begin and its end. */
function isForeign(entry: OplogEntry, begin: OplogIndex): boolean {
  if (entry.type !== "ImportedFunctionInvoked") return entry.type === "ExportedFunctionCompleted";
  return entry.kind === "WriteRemote" || (entry.kind === "WriteRemoteBatched" && entry.beginIndex !== begin);
}

/** The component has gone on to something that a later recovery would do again. */
function isOver(log: readonly OplogEntry[], skipped: Regions, begin: OplogIndex): boolean {
  return log.some((entry, i) => {
    if (i < begin || skipped.has(i + 1)) return false;
    if (entry.type === "EndAtomicRegion") return entry.beginIndex < begin;
    return entry.type === "BeginRemoteWrite" || entry.type === "ExportedFunctionCompleted";
  });
}
