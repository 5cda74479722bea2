import { isHint, type OplogEntry, type OplogIndex } from "../oplog/entries.js";
import { Regions } from "../oplog/regions.js";

/** In one line: what the component said last, or what follows the backtrace. */
export const reasonOf = (error: string, stderr: string) =>
  stderr.split("\n").find((line) => line.trim() !== "") ?? error.split("\n").at(-1) ?? "";

export const withStderr = (error: string, stderr: string) => (stderr === "" ? error : `${error}\n\n${stderr}`);

/** The error at the end of a record. */
export interface LastError {
  error: string;
  /** Errors in a row. */
  retryCount: number;
}

/** @returns the last error, if nothing went well since @param backwards the record from its end */
export function lastError(backwards: Iterable<[OplogIndex, OplogEntry]>): LastError | undefined {
  const reverted = new Regions();
  let error: string | undefined;
  let retryCount = 0;
  let stderr = "";
  let isInRow = true;
  for (const [index, entry] of backwards) {
    if (entry.type === "Revert") reverted.add(entry.droppedRegion);
    if (reverted.has(index)) continue;
    isInRow &&= entry.type === "Error" || isHint(entry);
    if (entry.type === "Error" && isInRow) {
      error ??= entry.error;
      retryCount++;
    } else if (entry.type === "Log" && entry.level === "Stderr") stderr = entry.message + stderr;
    // Golem shows all that the call has written, in its earlier attempts too (recording `step-exhausted`).
    if (!isInRow && (error === undefined || entry.type === "ExportedFunctionInvoked")) break;
  }
  return error === undefined ? undefined : { error: withStderr(error, stderr), retryCount };
}
