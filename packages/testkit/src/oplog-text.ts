import type { IndexedEntry } from "golem-client";
import { counted } from "golem-timeline";

/** Clocks, random numbers, polls and the chunks of a body: how many there are is the engine's affair. */
const noise =
  /^(monotonic_clock|wall_clock|golem random|golem io::poll|golem_environment|cli::preopens|http::types::incoming_body)/;
const hidden = new Set(["PendingWorkerInvocation", "GrowMemory", "Log"]);

/**
 * What matters of an oplog, one line an entry, without times, indexes and ids: for golden files, that say in a review what a change
 * of the source changes on record.
 */
export function oplogText(entries: readonly IndexedEntry[]): string {
  const lines = entries.flatMap(({ entry }) => {
    if (hidden.has(entry.type)) return [];
    switch (entry.type) {
      case "ImportedFunctionInvoked": {
        if (noise.test(entry.function_name)) return [];
        const status = /"status":(\d+)/.exec(
          JSON.stringify(entry.response.value, (_, v) => (typeof v === "bigint" ? Number(v) : v)),
        );
        return [`  ${entry.function_name}${status ? ` ${status[1]}` : ""}`];
      }
      case "ExportedFunctionInvoked":
        return [`${entry.type} ${entry.function_name}`];
      case "ChangeRetryPolicy": {
        const { max_attempts, min_delay, max_delay, multiplier } = entry.new_policy;
        return [
          `${entry.type} ${counted(max_attempts, "retry", "retries")}, ${min_delay} to ${max_delay}, ×${multiplier}`,
        ];
      }
      case "Error":
        return [
          `${entry.type} ${/Attempted to jump forward/.test(entry.error) ? "by a durable step, on purpose" : "wasm trap"}`,
        ];
      default:
        return [entry.type];
    }
  });
  return `${lines.join("\n")}\n`;
}
