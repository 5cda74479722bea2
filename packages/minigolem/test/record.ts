import type { NewEntry, OplogEntry } from "../src/oplog/entries.js";

/** A call of a function without parameters. */
export const invoked = {
  type: "ExportedFunctionInvoked" as const,
  functionName: "f",
  request: [],
  idempotencyKey: "k",
  traceId: "",
} satisfies NewEntry;

/** Entries as they stand on record; their times tell nothing. */
export const record = (...entries: NewEntry[]) => entries.map((entry) => ({ ...entry, at: 0 }) as OplogEntry);

export const types = (log: readonly OplogEntry[]) => log.map(({ type }) => type);
