import type { OplogDatabase } from "./database.js";

/** How far virtual time has come in a data folder. */
export function timeStore(db: OplogDatabase) {
  const statements = {
    read: db.prepareRaw("SELECT time FROM clock"),
    write: db.prepare("INSERT OR REPLACE INTO clock (rowid, time) VALUES (1, ?)"), // it has one row
  };
  return {
    /** Nanoseconds since 1970; 0 while nothing was kept. */
    read: (): bigint => BigInt((statements.read.get() as [string] | undefined)?.[0] ?? 0),
    keep(time: bigint): void {
      try {
        statements.write.run(String(time));
      } catch {
        // The disk is full, say. The next write of a worker tells it.
      }
    },
  };
}
