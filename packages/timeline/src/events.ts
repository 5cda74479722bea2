import type { Fields } from "./entries.js";
import type { WorkerEvent } from "./model.js";

/** What an entry says happened to the worker; undefined: nothing worth a mark. */
export function eventOf(index: number, at: number, entry: Fields): WorkerEvent | undefined {
  const told = wordsOf(entry);
  return told && { index, at, end: at, kind: told[0], text: told[1] };
}

function wordsOf(entry: Fields): [WorkerEvent["kind"], string] | undefined {
  switch (entry.type) {
    case "Interrupted":
      return ["interrupted", "interrupted"];
    case "Exited":
      return ["exited", "the component exited"];
    case "Suspend":
      return ["suspended", "suspended"];
    case "Restart":
      return ["restarted", "restarted"];
    case "SuccessfulUpdate":
      return ["updated", `updated to version ${entry.target_version}`];
    case "FailedUpdate":
      return ["update-failed", `the update to version ${entry.target_version} failed`];
    case "Revert": {
      const { start } = entry.dropped_region as { start: number };
      return ["reverted", `reverted to entry ${start - 1}`];
    }
  }
  return undefined;
}
