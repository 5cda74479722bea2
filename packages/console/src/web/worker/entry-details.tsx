import type { IndexedEntry, WorkerMetadata } from "golem-client";
import { useState } from "preact/hooks";
import { golem } from "../server/golem.js";
import { Confirm } from "../shell/confirm.js";
import { Failure } from "../shell/notice.js";
import { entryJson } from "./entry-text.js";

interface DetailsProps {
  chosen: IndexedEntry;
  last: number;
  dropped: boolean;
  metadata: WorkerMetadata;
  onDone: () => void;
}

/** All of one entry, and the way back to it. */
export function EntryDetails({ chosen, last, dropped, metadata, onDone }: DetailsProps) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<Error>();
  const { oplogIndex } = chosen;
  const { componentId, workerName } = metadata.workerId;
  const revert = () =>
    golem
      .worker(componentId, workerName)
      .revert({ toOplogIndex: oplogIndex })
      .then(() => setError(undefined), setError)
      .then(onDone);
  return (
    <aside class="details" aria-label={`Entry ${oplogIndex}`}>
      <div class="head">
        <h2>
          {oplogIndex} {chosen.entry.type}
        </h2>
        <button type="button" class="quiet" onClick={showInPicture}>
          Show in the picture
        </button>
        <button type="button" disabled={dropped || oplogIndex === last} onClick={() => setAsking(true)}>
          Revert to here…
        </button>
      </div>
      {dropped && <p class="dim">A Jump or a Revert took this entry out. No replay sees it again.</p>}
      <Failure error={error} />
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
        tabIndex={0}
      >
        {entryJson(chosen)}
      </pre>
      {asking && (
        <Confirm
          title={`Revert ${workerName} to entry ${oplogIndex}?`}
          action="Revert"
          onConfirm={revert}
          onClose={() => setAsking(false)}
        >
          The worker forgets the entries {oplogIndex + 1} to {last}. Nothing outside the worker is undone: a request
          that was made stays made.
        </Confirm>
      )}
    </aside>
  );
}

function showInPicture(): void {
  const mark = document.querySelector("#picture .chosen");
  mark?.scrollIntoView({ block: "center", inline: "center" });
  mark?.closest("a")?.focus({ preventScroll: true });
}
