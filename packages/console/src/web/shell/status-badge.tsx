import type { WorkerStatus } from "golem-client";

const sign: Record<WorkerStatus, string> = {
  Running: "▶",
  Idle: "·",
  Suspended: "⏾",
  Interrupted: "‖",
  Retrying: "↻",
  Failed: "✕",
  Exited: "■",
};

/** A worker's status: a word, a sign and a colour, so that none of them is needed. */
export function StatusBadge({ status }: { status: WorkerStatus }) {
  return (
    <span class={`badge ${status.toLowerCase()}`}>
      <span aria-hidden="true">{sign[status]}</span> {status}
    </span>
  );
}
