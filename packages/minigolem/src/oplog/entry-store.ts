import { deserialize, serialize } from "node:v8";
import { blob } from "./blob.js";
import { readable } from "./damage.js";
import type { OplogDatabase } from "./database.js";
import type { OplogEntry, OplogIndex } from "./entries.js";

/** The oplogs of a data folder's workers. */
export function entryStore(db: OplogDatabase, folder: string) {
  const statements = {
    append: db.prepare("INSERT INTO oplog (worker, last, entries) VALUES (?, ?, ?)"),
    read: db.prepareRaw(
      "SELECT last, entries FROM oplog WHERE worker = ?1 AND last >= ?2 AND last <= (SELECT coalesce(min(last), ?3) FROM oplog WHERE worker = ?1 AND last >= ?3) ORDER BY last",
    ),
    raw: db.prepareRaw("SELECT entries FROM oplog WHERE worker = ? ORDER BY last"),
    last: db.prepareRaw("SELECT max(last) FROM oplog WHERE worker = ?"),
  };
  return {
    /** In one row, for a call commits some ten entries at once, and a row costs as much as they do. */
    append(worker: number, after: OplogIndex, entries: readonly OplogEntry[]): void {
      if (entries.length > 0) statements.append.run(worker, after + entries.length, serialize(entries));
    },
    last: (worker: number): OplogIndex => (statements.last.get(worker) as [number | null] | undefined)?.[0] ?? 0,
    /** @throws Damage */
    read: (worker: number, from: OplogIndex, to: OplogIndex): OplogEntry[] =>
      readable(worker, folder, () =>
        (statements.read.all(worker, from, to) as [number, ArrayBuffer][]).flatMap(([last, batch]) => {
          const entries = deserialize(blob(batch)) as OplogEntry[];
          const before = last - entries.length;
          return entries.slice(Math.max(0, from - before - 1), to - before);
        }),
      ),
    /** Batches of entries as they are kept: what a guest thread decodes itself. */
    raw: (worker: number): Uint8Array[] =>
      (statements.raw.all(worker) as [ArrayBuffer][]).map(([batch]) => blob(batch)),
    /** Decodes everything. @throws Damage */
    check: (worker: number): void =>
      readable(worker, folder, () => {
        for (const [batch] of statements.raw.all(worker) as [ArrayBuffer][]) deserialize(blob(batch));
      }),
  };
}
