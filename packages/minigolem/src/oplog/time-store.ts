import type { OplogDatabase } from "./database.js";

/** How far virtual time has come in a data folder. */
export function timeStore(db: OplogDatabase) {
  const statements = {
    read: db.prepareRaw("SELECT time FROM clock"),
    update: db.prepare("UPDATE clock SET time = ?"),
    insert: db.prepare("INSERT INTO clock (time) VALUES (?)"),
  };
  return {
    /** Nanoseconds since 1970; 0 while nothing was kept. */
    read: (): bigint => BigInt((statements.read.get() as [string] | undefined)?.[0] ?? 0),
    keep(time: bigint): void {
      try {
        if (statements.update.run(String(time)).changes === 0) statements.insert.run(String(time));
      } catch {
        // The disk is full, say. The next write of a worker tells it.
      }
    },
  };
}
