import { failureOf, type IndexedEntry, type OplogEntry } from "golem-client";
import { counted } from "golem-timeline";

const json = (value: unknown, space?: number) =>
  JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each), space);

/** What an entry says, in one line. */
export function entryText(entry: OplogEntry): string {
  switch (entry.type) {
    case "ImportedFunctionInvoked":
      return `${entry.function_name}${responseText(entry.response?.value)}`;
    case "ExportedFunctionInvoked":
      return `${entry.function_name} ${json(entry.request?.map(({ value }) => value))}`;
    case "ExportedFunctionCompleted":
      return json(entry.response?.value) ?? "";
    case "Error":
      return trapText(failureOf(entry.error).message);
    case "Log":
      return `${entry.level}: ${entry.message.trimEnd()}`;
    case "ChangeRetryPolicy": {
      const { max_attempts, min_delay, max_delay, multiplier } = entry.new_policy;
      return `${counted(max_attempts, "retry", "retries")}, ${min_delay} to ${max_delay}, ×${multiplier}`;
    }
    case "Jump":
      return `skips ${entry.jump.start} to ${entry.jump.end} in every replay`;
    case "Revert":
      return `drops ${entry.dropped_region.start} to ${entry.dropped_region.end}`;
    case "EndAtomicRegion":
    case "EndRemoteWrite":
      return `begun at ${entry.begin_index}`;
    default: {
      const { type, timestamp, ...rest } = entry;
      return Object.keys(rest).length > 0 ? (json(rest) ?? "") : "";
    }
  }
}

/** golem-retry ends an execution by a trap, which is no error of its own. */
const trapText = (words: string) =>
  words.startsWith("Attempted to jump forward in oplog") ? "golem-retry ended this execution on purpose" : words;

function responseText(value: unknown): string {
  const text = json(value);
  return text === undefined || text.length > 120 ? "" : ` → ${text}`;
}

/** All of an entry. */
export const entryJson = ({ entry }: IndexedEntry): string => json(entry, 2) ?? "";

/** Oplog indexes that no replay sees again: each Jump and Revert names a region. */
export function droppedIndexes(entries: readonly IndexedEntry[]): (index: number) => boolean {
  const regions = entries.flatMap(({ entry }) =>
    entry.type === "Jump" ? [entry.jump] : entry.type === "Revert" ? [entry.dropped_region] : [],
  );
  return (index) => regions.some(({ start, end }) => index >= start && index <= end);
}
