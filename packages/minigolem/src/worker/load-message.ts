import type { LoadMessage } from "../guest/messages.js";
import type { WorkerParts } from "./parts.js";
import type { LoadedVersion } from "./surroundings.js";

/** What a guest thread needs to make an instance of a worker from its record. */
export function loadMessage({ row, around, updates }: WorkerParts, version: LoadedVersion): LoadMessage {
  const { dir, script, modules, exports } = version;
  return {
    dir,
    script,
    modules,
    exports,
    defaultPolicy: around.defaultPolicy,
    faults: around.faults,
    updating: updates.trying !== undefined,
    limits: around.limits,
    log: around.store.oplog.raw(row.key),
    worker: {
      componentId: row.componentId,
      workerName: row.name,
      componentVersion: version.version,
      ephemeral: around.ephemeral(row),
      args: row.args,
      env: row.env,
      files: around.files(row),
    },
  };
}
