import type { OplogEntry, OplogIndex } from "../oplog/entries.js";
import type { GuestContext, Imports } from "./context.js";
import { addressOf, asking } from "./golem-asking.js";
import { type DurabilityOptions, durabilityFunctions } from "./golem-durability.js";
import { promiseFunctions } from "./golem-promises.js";
import { resolveFunctions, workerFunctions } from "./golem-workers.js";
import { oplogReaders } from "./oplog-api.js";
import type { WorkerId } from "./worker-id.js";

/** golem:api/{host,oplog}@1.1.x for one instance. */
export function golemImports(context: GuestContext, options: DurabilityOptions): Imports {
  const { journal, worker } = context;
  const engine = asking(context);
  const host = {
    ...promiseFunctions(context, engine),
    ...durabilityFunctions(context, options),
    ...workerFunctions(context, engine),
    ...resolveFunctions(context, engine),
  };
  const read = (id: WorkerId, from: OplogIndex, to: OplogIndex): readonly OplogEntry[] => {
    const { componentId, workerName } = addressOf(id);
    if (componentId === worker.componentId && workerName === worker.workerName) {
      if (journal.inRegion) context.hazard("own-oplog-read-in-region");
      return journal.committed(from, to);
    }
    return engine.ask<OplogEntry[]>("oplog", { componentId, workerName, from, to });
  };
  return { "golem:api/host": host, "golem:api/oplog": oplogReaders(read) };
}
