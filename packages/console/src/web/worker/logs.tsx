import type { IndexedEntry } from "golem-client";
import { Empty } from "../shell/notice.js";

/** What the component wrote to stdout and stderr, and its log lines. */
export function Logs({ entries }: { entries: readonly IndexedEntry[] }) {
  const lines = entries.flatMap(({ oplogIndex, entry }) => (entry.type === "Log" ? [{ oplogIndex, ...entry }] : []));
  if (lines.length === 0) return <Empty>The component has written nothing.</Empty>;
  return (
    <section
      class="logs"
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
      tabIndex={0}
    >
      {lines.map(({ oplogIndex, timestamp, level, message }) => (
        <div key={oplogIndex} class={`log ${level.toLowerCase()}`}>
          <span class="figures dim">{timestamp.slice(11, 23)}</span> <span class="dim">{level}</span>{" "}
          <span>{message.trimEnd()}</span>
        </div>
      ))}
    </section>
  );
}
