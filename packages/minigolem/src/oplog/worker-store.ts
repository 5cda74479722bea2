import type { HazardKind } from "../hazards.js";
import { Damage } from "./damage.js";
import type { OplogDatabase } from "./database.js";
import { ofWorker } from "./entry-store.js";

export type WorkerStatus = "Running" | "Idle" | "Suspended" | "Interrupted" | "Retrying" | "Failed" | "Exited";

export interface WorkerRow {
  key: number;
  componentId: string;
  name: string;
  version: number;
  status: WorkerStatus;
  /** Nanoseconds since 1970: when a suspended or retrying worker goes on. */
  wake?: bigint;
  created: number;
  args: string[];
  env: Record<string, string>;
  /** What it did that a Golem server does not take well. */
  hazards: HazardKind[];
}

const workerOf = (row: Record<string, unknown>): WorkerRow => ({
  key: row.key as number,
  componentId: row.component as string,
  name: row.name as string,
  version: row.version as number,
  status: row.status as WorkerStatus,
  wake: row.wake === null ? undefined : BigInt(row.wake as string),
  created: row.created as number,
  args: JSON.parse(row.args as string),
  env: JSON.parse(row.env as string),
  hazards: JSON.parse(row.hazards as string),
});

/** The workers of a data folder. */
export function workerStore(db: OplogDatabase, folder: string) {
  const statements = {
    status: db.prepare("UPDATE workers SET status = ?, wake = ?, version = ?, hazards = ? WHERE key = ?"),
    worker: db.prepare("SELECT * FROM workers WHERE component = ? AND name = ?"),
  };
  /** @throws Damage */
  const toWorker = (row: Record<string, unknown>): WorkerRow => {
    try {
      return workerOf(row);
    } catch (error) {
      throw new Damage(`what is kept of worker ${row.component}/${row.name}`, folder, (error as Error).message);
    }
  };
  /** All rows. When a page of the table is damaged, the rows of the other pages. */
  const rows = (): unknown[] => {
    try {
      return db.prepare("SELECT * FROM workers ORDER BY key").all();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      console.error(`some workers are missing: ${error.message}`);
      return readableRows();
    }
  };
  const readableRows = (): unknown[] => {
    const [last] = db.prepareRaw("SELECT seq FROM sqlite_sequence WHERE name = 'workers'").get() as [number];
    const one = db.prepare("SELECT * FROM workers WHERE key = ?");
    return Array.from({ length: last }, (_, i) => i + 1).flatMap((key) => {
      try {
        return one.get(key) ?? [];
      } catch (error) {
        if (error instanceof Damage) return [];
        throw error;
      }
    });
  };

  return {
    add(row: Omit<WorkerRow, "key">): WorkerRow {
      const { lastInsertRowid } = db
        .prepare(
          "INSERT INTO workers (component, name, version, status, created, args, env) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(
          row.componentId,
          row.name,
          row.version,
          row.status,
          row.created,
          JSON.stringify(row.args),
          JSON.stringify(row.env),
        );
      return { ...row, key: Number(lastInsertRowid) };
    },
    find(componentId: string, name: string): WorkerRow | undefined {
      const row = statements.worker.get(componentId, name) as Record<string, unknown> | undefined;
      return row && toWorker(row);
    },
    /** Without those that are damaged, which are told: the others must not wait for them. */
    all: (): WorkerRow[] =>
      rows().flatMap((row) => {
        try {
          return [toWorker(row as Record<string, unknown>)];
        } catch (error) {
          console.error((error as Error).message);
          return [];
        }
      }),
    update(row: WorkerRow): void {
      const wake = row.wake === undefined ? null : String(row.wake);
      statements.status.run(row.status, wake, row.version, JSON.stringify(row.hazards), row.key);
    },
    /** Forgets a worker, its oplog, queue and promises. What it put into key-value buckets stays, as on Golem. */
    delete(key: number): void {
      db.prepare(`DELETE FROM oplog WHERE ${ofWorker}`).run(key);
      for (const table of ["invocations", "promises"]) db.prepare(`DELETE FROM ${table} WHERE worker = ?`).run(key);
      db.prepare("DELETE FROM workers WHERE key = ?").run(key);
    },
  };
}
