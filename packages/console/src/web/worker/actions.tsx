import type { WorkerMetadata, WorkerStatus } from "golem-client";
import { useState } from "preact/hooks";
import { golem } from "../server/golem.js";
import { Confirm } from "../shell/confirm.js";
import { Failure } from "../shell/notice.js";
import { linkTo } from "../shell/route.js";

/** What can be done to a worker. Golem refuses what does not fit its status, and says so. */
export function Actions({ metadata, onDone }: { metadata: WorkerMetadata; onDone: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const [error, setError] = useState<Error>();
  const { workerId, status } = metadata;
  const worker = golem.worker(workerId.componentId, workerId.workerName);
  const act = (what: () => Promise<void>) =>
    what()
      .then(() => setError(undefined), setError)
      .then(onDone);
  const resumable: WorkerStatus[] = ["Interrupted", "Suspended", "Idle"];
  return (
    <div class="actions">
      <button
        type="button"
        disabled={status === "Interrupted"}
        onClick={() => act(() => worker.interrupt())}
        title="Stops it where it is, until it is resumed or called"
      >
        Interrupt
      </button>
      <button
        type="button"
        disabled={!resumable.includes(status)}
        onClick={() => act(() => worker.resume())}
        title="Goes on after an interrupt"
      >
        Resume
      </button>
      <button
        type="button"
        onClick={() => act(() => worker.crash())}
        title="Kills the running instance, as a dying executor would. It recovers at once"
      >
        Crash
      </button>
      <button type="button" class="danger" onClick={() => setDeleting(true)}>
        Delete…
      </button>
      <Failure error={error} />
      {deleting && (
        <Confirm
          title={`Delete ${workerId.workerName}?`}
          action="Delete"
          onConfirm={() =>
            worker.delete().then(() => {
              location.hash = linkTo([]);
            }, setError)
          }
          onClose={() => setDeleting(false)}
        >
          The worker and its oplog are gone after that. Its component stays.
        </Confirm>
      )}
    </div>
  );
}
