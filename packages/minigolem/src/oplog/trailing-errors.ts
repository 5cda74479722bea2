import { isHint, type OplogEntry } from "./entries.js";
import { Regions } from "./regions.js";

/**
 * Counts the `Error` entries at the end of a log: what Golem 1.2 takes for the number of retries so far. Hints do not end the row, any
 * other entry does: so a `Jump` starts the count anew.
 * @param length how much of the log counts
 */
export function trailingErrors(log: readonly OplogEntry[], length = log.length): number {
  const reverted = Regions.of(log.slice(0, length), "Revert");
  let errors = 0;
  for (let i = length; i >= 1; i--) {
    if (reverted.has(i)) continue;
    const entry = log[i - 1] as OplogEntry;
    if (entry.type === "Error") errors++;
    else if (!isHint(entry)) break;
  }
  return errors;
}
