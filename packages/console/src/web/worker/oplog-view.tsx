import type { IndexedEntry, WorkerMetadata } from "golem-client";
import { useMemo, useState } from "preact/hooks";
import { EntryDetails } from "./entry-details.js";
import { droppedIndexes, entryText } from "./entry-text.js";
import { VirtualRows } from "./virtual-rows.js";

interface OplogProps {
  entries: readonly IndexedEntry[];
  selected: number | undefined;
  onSelect: (oplogIndex: number) => void;
  metadata: WorkerMetadata;
  onDone: () => void;
}

/** What a JavaScript engine reads all the time, and what tells nothing about retries. */
const isNoise = ({ entry }: IndexedEntry) =>
  entry.type === "ImportedFunctionInvoked" &&
  /^(monotonic_clock|wall_clock|golem random|golem io::poll)/.test(entry.function_name);

/** The oplog with a filter by type and text. */
export function OplogView({ entries, selected, onSelect, metadata, onDone }: OplogProps) {
  const [type, setType] = useState("quiet");
  const [text, setText] = useState("");
  const types = useMemo(() => [...new Set(entries.map(({ entry }) => entry.type))].sort(), [entries]);
  const dropped = useMemo(() => droppedIndexes(entries), [entries]);
  const shown = useMemo(() => {
    const wanted = text.toLowerCase();
    return entries.filter(
      (one) =>
        (type === "all" ||
          (type === "quiet" ? !isNoise(one) || one.oplogIndex === selected : one.entry.type === type)) &&
        (wanted === "" || `${one.entry.type} ${entryText(one.entry)}`.toLowerCase().includes(wanted)),
    );
  }, [entries, type, text, selected]);
  const place = shown.findIndex(({ oplogIndex }) => oplogIndex === selected);
  const chosen = entries.find(({ oplogIndex }) => oplogIndex === selected);
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const next = shown[place + by];
    if (by === 0 || !next) return;
    event.preventDefault();
    onSelect(next.oplogIndex);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the rows inside are the buttons, this moves between them
    <div class="oplog" onKeyDown={step}>
      <div class="filters">
        <select aria-label="Type of entry" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="quiet">All but clocks and polls</option>
          <option value="all">All entries</option>
          {types.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <input
          type="search"
          placeholder="Text contains…"
          aria-label="Text contains"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <span class="dim">
          {shown.length} of {entries.length}
        </span>
      </div>
      <div class={chosen ? "with-details" : ""}>
        <VirtualRows
          items={shown}
          rowHeight={26}
          reveal={place}
          label="Oplog"
          row={({ oplogIndex, entry }) => (
            <button
              key={oplogIndex}
              type="button"
              class={`entry ${entry.type}${dropped(oplogIndex) ? " dropped" : ""}`}
              aria-pressed={oplogIndex === selected}
              onClick={() => onSelect(oplogIndex)}
            >
              <span class="figures index">{oplogIndex}</span>
              <span class="figures dim">{entry.timestamp.slice(11, 23)}</span>
              <b>{entry.type}</b>
              <span class="says">{entryText(entry)}</span>
            </button>
          )}
        />
        {chosen && (
          <EntryDetails
            chosen={chosen}
            last={entries.at(-1)?.oplogIndex ?? 0}
            dropped={dropped(chosen.oplogIndex)}
            metadata={metadata}
            onDone={onDone}
          />
        )}
      </div>
    </div>
  );
}
