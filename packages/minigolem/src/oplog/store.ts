import { deserialize, serialize } from "node:v8";
import type { HazardKind } from "../hazards.js";
import { componentStore } from "./components.js";
import { Damage, StorageFault } from "./damage.js";
import { openDatabase } from "./database.js";
import type { Invocation, OplogEntry, OplogIndex, TypedValue } from "./entries.js";
import { takeFolder } from "./folder.js";

export type { ComponentRow } from "./components.js";

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

export interface InvocationRow extends Invocation {
  /** Done: its result is on record. */
  state: "pending" | "done";
  /** Of a finished one: the entry that completed it. */
  index?: OplogIndex;
}

export type Store = ReturnType<typeof openStore>;

/**
 * All that an engine keeps, in one folder: a SQLite database and the components' files. One process at a time.
 * @throws when the folder is in use or another's, cannot be written, or was written by another version of the format
 */
export function openStore(folder: string) {
  const release = takeFolder(folder);
  let db: ReturnType<typeof openDatabase>;
  try {
    db = openDatabase(folder);
  } catch (error) {
    release();
    throw error;
  }

  const statements = {
    append: db.prepare("INSERT INTO oplog (worker, last, entries) VALUES (?, ?, ?)"),
    read: db.prepareRaw(
      "SELECT last, entries FROM oplog WHERE worker = ?1 AND last >= ?2 AND last <= (SELECT coalesce(min(last), ?3) FROM oplog WHERE worker = ?1 AND last >= ?3) ORDER BY last",
    ),
    raw: db.prepareRaw("SELECT entries FROM oplog WHERE worker = ? ORDER BY last"),
    last: db.prepareRaw("SELECT max(last) FROM oplog WHERE worker = ?"),
    status: db.prepare("UPDATE workers SET status = ?, wake = ?, version = ?, hazards = ? WHERE key = ?"),
    worker: db.prepare("SELECT * FROM workers WHERE component = ? AND name = ?"),
    invocation: db.prepare("SELECT * FROM invocations WHERE worker = ? AND id = ?"),
    queueInvocation: db.prepare(
      "INSERT INTO invocations (worker, id, function, request, trace, state) VALUES (?, ?, ?, ?, ?, 'pending') ON CONFLICT (worker, id) DO UPDATE SET state = 'pending', idx = NULL",
    ),
    completeInvocation: db.prepare(
      "INSERT INTO invocations (worker, id, function, request, trace, state, idx) VALUES (?, ?, '', ?, '', 'done', ?) ON CONFLICT (worker, id) DO UPDATE SET state = 'done', idx = excluded.idx WHERE state = 'pending'",
    ),
    moveInvocation: db.prepare("UPDATE invocations SET idx = ? WHERE worker = ? AND id = ? AND state = 'done'"),
    dropInvocation: db.prepare("DELETE FROM invocations WHERE worker = ? AND id = ?"),
    getValue: db.prepareRaw("SELECT value FROM keyvalue WHERE bucket = ? AND key = ?"),
    setValue: db.prepare("INSERT OR REPLACE INTO keyvalue (bucket, key, value) VALUES (?, ?, ?)"),
    deleteValue: db.prepare("DELETE FROM keyvalue WHERE bucket = ? AND key = ?"),
    promise: db.prepareRaw("SELECT data FROM promises WHERE worker = ? AND idx = ?"),
    addPromise: db.prepare("INSERT OR IGNORE INTO promises (worker, idx, data) VALUES (?, ?, NULL)"),
    completePromise: db.prepare("UPDATE promises SET data = ? WHERE worker = ? AND idx = ? AND data IS NULL"),
    deletePromise: db.prepare("DELETE FROM promises WHERE worker = ? AND idx = ?"),
  };

  /** @throws Damage */
  const toWorker = (row: Record<string, unknown>): WorkerRow => {
    try {
      return workerOf(row);
    } catch (error) {
      throw new Damage(`what is kept of worker ${row.component}/${row.name}`, folder, (error as Error).message);
    }
  };
  const told = new Set<unknown>();
  /** Without those that are damaged, each of which is told once: the others must not wait for them. */
  const toWorkers = (rows: Record<string, unknown>[]): WorkerRow[] =>
    rows.flatMap((row) => {
      try {
        return [toWorker(row)];
      } catch (error) {
        if (!told.has(row.key)) console.error((error as Error).message);
        told.add(row.key);
        return [];
      }
    });
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
  const toInvocation = (row: Record<string, unknown>): InvocationRow => ({
    idempotencyKey: row.id as string,
    functionName: row.function as string,
    request: deserialize(bytes(row.request)) as TypedValue[],
    traceId: row.trace as string,
    state: row.state as InvocationRow["state"],
    index: (row.idx as number | null) ?? undefined,
  });
  const bytes = (value: unknown) =>
    value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array((value as Buffer).buffer, (value as Buffer).byteOffset, (value as Buffer).length);

  const readable = <T>(worker: number, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof StorageFault && !(error instanceof Damage)) throw error;
      throw new Damage(`the record of worker ${worker}`, folder, (error as Error).message);
    }
  };

  const noRequest = serialize([]); // nobody knows it of a call that was reverted and is completed by a replay
  return {
    folder,
    /** Runs a change whole or not at all; one within another is a part of it. */
    transaction: db.transaction,
    close(): void {
      db.close();
      release();
    },

    components: componentStore(db, folder),

    workers: {
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
      all: (componentId?: string): WorkerRow[] =>
        toWorkers(
          (componentId === undefined
            ? db.prepare("SELECT * FROM workers ORDER BY key").all()
            : db.prepare("SELECT * FROM workers WHERE component = ? ORDER BY key").all(componentId)) as Record<
            string,
            unknown
          >[],
        ),
      update(row: WorkerRow): void {
        const wake = row.wake === undefined ? null : String(row.wake);
        statements.status.run(row.status, wake, row.version, JSON.stringify(row.hazards), row.key);
      },
      /** Forgets a worker, its oplog, queue and promises. What it put into key-value buckets stays, as on Golem. */
      delete(key: number): void {
        for (const table of ["oplog", "invocations", "promises"])
          db.prepare(`DELETE FROM ${table} WHERE worker = ?`).run(key);
        db.prepare("DELETE FROM workers WHERE key = ?").run(key);
      },
    },

    oplog: {
      /** In one row, for a call commits some ten entries at once, and a row costs as much as they do. */
      append(worker: number, after: OplogIndex, entries: readonly OplogEntry[]): void {
        if (entries.length > 0) statements.append.run(worker, after + entries.length, serialize(entries));
      },
      last: (worker: number): OplogIndex => (statements.last.get(worker) as [number | null] | undefined)?.[0] ?? 0,
      /** @throws Damage */
      read: (worker: number, from: OplogIndex, to: OplogIndex): OplogEntry[] =>
        readable(worker, () =>
          (statements.read.all(worker, from, to) as [number, ArrayBuffer][]).flatMap(([last, batch]) => {
            const entries = deserialize(bytes(batch)) as OplogEntry[];
            const before = last - entries.length;
            return entries.slice(Math.max(0, from - before - 1), to - before);
          }),
        ),
      /** Batches of entries as they are kept: what a guest thread decodes itself. */
      raw: (worker: number): Uint8Array[] =>
        (statements.raw.all(worker) as [ArrayBuffer][]).map(([batch]) => bytes(batch)),
      /** Decodes everything. @throws Damage */
      check: (worker: number): void =>
        readable(worker, () => {
          for (const [batch] of statements.raw.all(worker) as [ArrayBuffer][]) deserialize(bytes(batch));
        }),
    },

    invocations: {
      get(worker: number, id: string): InvocationRow | undefined {
        const row = statements.invocation.get(worker, id) as Record<string, unknown> | undefined;
        return row && toInvocation(row);
      },
      /** It waits for its turn, or runs. */
      queue(worker: number, { idempotencyKey, functionName, request, traceId }: Invocation): void {
        statements.queueInvocation.run(worker, idempotencyKey, functionName, serialize(request), traceId);
      },
      /** Its result is on record. @returns false when it was already */
      complete: (worker: number, id: string, index: OplogIndex): boolean =>
        statements.completeInvocation.run(worker, id, noRequest, index).changes > 0,
      /** Another result counts from now on. */
      move: (worker: number, id: string, index: OplogIndex): void =>
        void statements.moveInvocation.run(index, worker, id),
      delete: (worker: number, id: string): void => void statements.dropInvocation.run(worker, id),
      /** What was called and has no result yet, in order. */
      pending: (worker: number): InvocationRow[] =>
        readable(worker, () =>
          db
            .prepare("SELECT * FROM invocations WHERE worker = ? AND state = 'pending' ORDER BY key")
            .all(worker)
            .map((row) => toInvocation(row as Record<string, unknown>)),
        ),
      /** After a revert: what was completed by an entry that is gone was never called. */
      dropAfter: (worker: number, index: OplogIndex): void =>
        void db.prepare("DELETE FROM invocations WHERE worker = ? AND idx > ?").run(worker, index),
    },

    keyvalue: {
      get(bucket: string, key: string): Uint8Array | undefined {
        const row = statements.getValue.get(bucket, key) as [ArrayBuffer] | undefined;
        return row && bytes(row[0]);
      },
      set: (bucket: string, key: string, value: Uint8Array): void =>
        void statements.setValue.run(bucket, key, Buffer.from(value)),
      delete: (bucket: string, key: string): void => void statements.deleteValue.run(bucket, key),
    },

    promises: {
      create: (worker: number, index: OplogIndex): void => void statements.addPromise.run(worker, index),
      /** @returns undefined when there is none, null while it is open */
      get(worker: number, index: OplogIndex): Uint8Array | null | undefined {
        const row = statements.promise.get(worker, index) as [ArrayBuffer | null] | undefined;
        return row && (row[0] === null ? null : bytes(row[0]));
      },
      /** @returns false when it was complete already */
      complete: (worker: number, index: OplogIndex, data: Uint8Array): boolean =>
        statements.completePromise.run(Buffer.from(data), worker, index).changes > 0,
      delete: (worker: number, index: OplogIndex): void => void statements.deletePromise.run(worker, index),
    },
  };
}
