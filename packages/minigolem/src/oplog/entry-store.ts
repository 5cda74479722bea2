import { deserialize, serialize } from "node:v8";
import { blob } from "./blob.js";
import { readable } from "./damage.js";
import type { OplogDatabase } from "./database.js";
import type { OplogEntry, OplogIndex } from "./entries.js";

/** The greatest index that an entry may have. */
const greatest = 2 ** 32 - 1;

/** Where in the table an entry of the worker `?1` is, or would be. */
const placeOf = (index: string) => `(?1 << 32 | min(${index}, ${greatest}))`;

/** Finds the rows of the worker `?1`. */
export const ofWorker = "place > ?1 << 32 AND place < (?1 + 1) << 32";

/** The oplogs of a data folder's workers. */
export function entryStore(db: OplogDatabase, folder: string) {
  const statements = {
    append: db.prepare(`INSERT INTO oplog (place, entries) VALUES (${placeOf("?2")}, ?3)`),
    read: db.prepareRaw(
      `SELECT place & ${greatest}, entries FROM oplog WHERE ${ofWorker} AND place >= ${placeOf("?2")} AND place <= coalesce(
        (SELECT place FROM oplog WHERE ${ofWorker} AND place >= ${placeOf("?3")} ORDER BY place LIMIT 1), ${placeOf("?3")}) ORDER BY place`,
    ),
    raw: db.prepareRaw(`SELECT entries FROM oplog WHERE ${ofWorker} ORDER BY place`),
    last: db.prepareRaw(`SELECT place & ${greatest} FROM oplog WHERE ${ofWorker} ORDER BY place DESC LIMIT 1`),
  };
  return {
    /** In one row, for a call commits some ten entries at once, and a row costs as much as they do. */
    append(worker: number, after: OplogIndex, entries: readonly OplogEntry[]): void {
      if (entries.length > 0) statements.append.run(worker, after + entries.length, serialize(entries));
    },
    last: (worker: number): OplogIndex => (statements.last.get(worker) as [number] | undefined)?.[0] ?? 0,
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
