import type { RevertTarget } from "../oplog/revert.js";
import { parseUuid, type Uuid, uuidText } from "../uuid.js";
import type { GuestContext, Imports } from "./context.js";
import { type Asking, addressOf } from "./golem-asking.js";
import { HostTrap } from "./signals.js";
import { type AnyFilter, filterOf } from "./worker-filter.js";
import type { WorkerFacts, WorkerId, WorkersPage } from "./worker-id.js";

/** Workers that `get-next` gives at a time. */
const pageSize = 50;

const metadata = (facts: WorkerFacts) => ({
  workerId: { componentId: { uuid: parseUuid(facts.componentId) }, workerName: facts.workerName },
  args: facts.args,
  env: Object.entries(facts.env),
  status: facts.status.toLowerCase(),
  componentVersion: BigInt(facts.componentVersion),
  retryCount: 0n, // Golem 1.2 says 0 whatever there was
});

/** The resource `get-workers` of one instance. */
function getWorkers({ ask }: Asking) {
  return class GetWorkers {
    readonly #wanted: object;
    #after = 0;
    constructor(componentId: { uuid: Uuid }, filter: AnyFilter | undefined) {
      const wanted = filter ? filterOf(filter) : { type: "And", filters: [] };
      this.#wanted = { componentId: uuidText(componentId.uuid), filter: wanted };
    }
    /** Page by page, for ten thousand workers at once would keep the main thread from everybody else. */
    getNext() {
      const { workers, last } = ask<WorkersPage>("workers", { ...this.#wanted, after: this.#after, count: pageSize });
      this.#after = last;
      return workers.length === 0 ? undefined : workers.map(metadata);
    }
  };
}

/** The functions of golem:api/host about workers. */
export function workerFunctions({ journal, worker }: GuestContext, asking: Asking): Imports[string] {
  const { ask } = asking;
  return {
    getSelfMetadata: () => metadata({ ...worker, args: [...worker.args], env: { ...worker.env }, status: "Running" }),
    getWorkerMetadata(id: WorkerId) {
      const facts = ask<WorkerFacts | null>("worker", addressOf(id));
      return facts ? metadata(facts) : undefined;
    },
    GetWorkers: getWorkers(asking),
    updateWorker(id: WorkerId, targetVersion: bigint, mode: string): void {
      journal.durable("golem::api::update-worker", "WriteRemote", addressOf(id), () => {
        if (mode !== "automatic") throw new HostTrap("minigolem does not offer manual updates (by snapshot)");
        ask("worker.update", { ...addressOf(id), targetVersion: Number(targetVersion) });
        return null;
      });
    },
    revertWorker(id: WorkerId, { tag, val }: { tag: string; val: bigint }): void {
      const target: RevertTarget =
        tag === "revert-to-oplog-index" ? { lastOplogIndex: Number(val) } : { numberOfInvocations: Number(val) };
      journal.durable("golem::api::revert-worker", "WriteRemote", addressOf(id), () => {
        ask("worker.revert", { ...addressOf(id), target });
        return null;
      });
    },
    forkWorker(): never {
      throw new HostTrap("golem:api/host fork-worker is not offered by minigolem");
    },
  };
}

/** The functions of golem:api/host that find a component or a worker by its name. */
export function resolveFunctions({ journal }: GuestContext, { ask }: Asking) {
  const host = {
    resolveComponentId: (name: string): { uuid: Uuid } | undefined => {
      const id = journal.durable("golem::api::resolve_component_id", "ReadRemote", name, () =>
        ask<string | null>("component.resolve", { name }),
      );
      return id === null ? undefined : { uuid: parseUuid(id) };
    },
    resolveWorkerId(name: string, workerName: string): WorkerId | undefined {
      const componentId = host.resolveComponentId(name);
      return componentId && { componentId, workerName };
    },
    resolveWorkerIdStrict(name: string, workerName: string): WorkerId | undefined {
      const id = host.resolveWorkerId(name, workerName);
      const known = journal.durable("golem::api::resolve_worker_id_strict", "ReadRemote", workerName, () =>
        id ? ask<WorkerFacts | null>("worker", addressOf(id)) !== null : false,
      );
      return known ? id : undefined;
    },
  };
  return host;
}
