import { deserialize, serialize } from "node:v8";
import { blob } from "./blob.js";
import { Damage, readable } from "./damage.js";
import type { OplogDatabase } from "./database.js";
import type { Invocation, OplogIndex, TypedValue } from "./entries.js";

export interface InvocationRow extends Invocation {
  /** Done: its result is on record. */
  state: "pending" | "done";
  /** Of a finished one: the entry that completed it. */
  index?: OplogIndex;
}

const toInvocation = (row: Record<string, unknown>): InvocationRow => ({
  idempotencyKey: row.id as string,
  functionName: row.function as string,
  request: deserialize(blob(row.request)) as TypedValue[],
  traceId: row.trace as string,
  state: row.state as InvocationRow["state"],
  index: (row.idx as number | null) ?? undefined,
});

const noRequest = serialize([]); // nobody knows it of a call that was reverted and is completed by a replay

/** The calls of a data folder's workers, by idempotency key. */
export function invocationStore(db: OplogDatabase, folder: string) {
  const statements = {
    invocation: db.prepare("SELECT * FROM invocations WHERE worker = ? AND id = ?"),
    queueInvocation: db.prepare(
      "INSERT INTO invocations (worker, id, function, request, trace, state) VALUES (?, ?, ?, ?, ?, 'pending') ON CONFLICT (worker, id) DO UPDATE SET state = 'pending', idx = NULL",
    ),
    completeInvocation: db.prepare(
      "INSERT INTO invocations (worker, id, function, request, trace, state, idx) VALUES (?, ?, '', ?, '', 'done', ?) ON CONFLICT (worker, id) DO UPDATE SET state = 'done', idx = excluded.idx WHERE state = 'pending'",
    ),
    moveInvocation: db.prepare("UPDATE invocations SET idx = ? WHERE worker = ? AND id = ? AND state = 'done'"),
    pending: db.prepare("SELECT * FROM invocations WHERE worker = ? AND state = 'pending' ORDER BY key"),
    waiting: db.prepareRaw("SELECT DISTINCT worker FROM invocations WHERE state = 'pending'"),
    dropInvocation: db.prepare("DELETE FROM invocations WHERE worker = ? AND id = ?"),
  };
  return {
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
      readable(worker, folder, () =>
        statements.pending.all(worker).map((row) => toInvocation(row as Record<string, unknown>)),
      ),
    /** The workers that have pending calls, found by one query. All workers when the table is damaged. */
    waiting(): { has(worker: number): boolean } {
      try {
        return new Set((statements.waiting.all() as [number][]).map(([worker]) => worker));
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        return { has: () => true }; // each is asked by itself, and tells of its own damage
      }
    },
    /** After a revert: what was completed by an entry that is gone was never called. */
    dropAfter: (worker: number, index: OplogIndex): void =>
      void db.prepare("DELETE FROM invocations WHERE worker = ? AND idx > ?").run(worker, index),
  };
}
