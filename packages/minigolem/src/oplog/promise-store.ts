import { blob } from "./blob.js";
import type { OplogDatabase } from "./database.js";
import type { OplogIndex } from "./entries.js";

/** The promises of a data folder's workers. */
export function promiseStore(db: OplogDatabase) {
  const statements = {
    promise: db.prepareRaw("SELECT data FROM promises WHERE worker = ? AND idx = ?"),
    addPromise: db.prepare("INSERT OR IGNORE INTO promises (worker, idx, data) VALUES (?, ?, NULL)"),
    completePromise: db.prepare("UPDATE promises SET data = ? WHERE worker = ? AND idx = ? AND data IS NULL"),
    deletePromise: db.prepare("DELETE FROM promises WHERE worker = ? AND idx = ?"),
  };
  return {
    create: (worker: number, index: OplogIndex): void => void statements.addPromise.run(worker, index),
    /** @returns undefined when there is none, null while it is open */
    get(worker: number, index: OplogIndex): Uint8Array | null | undefined {
      const row = statements.promise.get(worker, index) as [ArrayBuffer | null] | undefined;
      return row && (row[0] === null ? null : blob(row[0]));
    },
    /** @returns false when it was complete already */
    complete: (worker: number, index: OplogIndex, data: Uint8Array): boolean =>
      statements.completePromise.run(Buffer.from(data), worker, index).changes > 0,
    delete: (worker: number, index: OplogIndex): void => void statements.deletePromise.run(worker, index),
  };
}
