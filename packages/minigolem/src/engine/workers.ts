import { randomUUID } from "node:crypto";
import type { ComponentExports } from "../component/analyse.js";
import { GolemFault } from "../fault.js";
import type { Filter } from "../filter.js";
import { type Hazard, hazard } from "../hazards.js";
import type { OplogEntry, OplogIndex, TypedValue } from "../oplog/entries.js";
import { type RevertTarget, revertIndex } from "../oplog/revert.js";
import type { Store, WorkerStatus } from "../oplog/store.js";
import type { OwnedResource } from "../worker/conclusions.js";
import type { Call, WorkerEvent, WorkerUpdate } from "../worker/surroundings.js";
import { newTraceId } from "../worker/trace.js";
import type { DurableWorker } from "../worker/worker.js";
import type { Begun } from "./begun.js";
import { type Components, linearMemory } from "./components.js";
import { address, type WorkerSet } from "./worker-set.js";

export interface WorkerMetadata {
  componentId: string;
  workerName: string;
  args: string[];
  env: Record<string, string>;
  status: WorkerStatus;
  componentVersion: number;
  componentSize: number;
  linearMemory: number;
  retryCount: number;
  lastError: string | undefined;
  pendingInvocationCount: number;
  updates: readonly WorkerUpdate[];
  /** What it has given out, by number. */
  ownedResources: ReadonlyMap<number, OwnedResource>;
  /** What it did that works here and hurts on a Golem server. */
  hazards: Hazard[];
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** What a call comes to that Golem 1.2.0 does not answer: see `faults` of the engine's options. */
export const never = new Promise<never>(() => {});

interface Surroundings {
  store: Store;
  components: Components;
  begun: Begun;
  set: WorkerSet;
  faults: boolean;
}

/** What can be done with workers, by component and name. Methods throw a GolemFault when there is no such component or worker. */
export class Workers {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** @throws GolemFault when there is one already */
  create(
    componentId: string,
    { name, args = [], env = {} }: { name: string; args?: string[]; env?: Record<string, string> },
  ): WorkerMetadata {
    const { components, set } = this.#around;
    components.refuseIfUnknown(componentId);
    if (set.find(componentId, name)) throw new GolemFault("WorkerAlreadyExists", address({ componentId, name }));
    return this.#metadata(set.create(componentId, name, args, env));
  }

  exports(componentId: string, name: string | undefined): ComponentExports {
    const { components, set } = this.#around;
    const version = (name === undefined ? undefined : set.find(componentId, name))?.row.version ?? "latest";
    return components.get(componentId, version).metadata.exports;
  }

  /** Whether a worker has given out a resource of this number, and not taken it back. */
  owns(componentId: string, name: string, resource: number): boolean {
    return this.#around.set.find(componentId, name)?.ownedResources.has(resource) ?? false;
  }

  /** @throws GolemFault when a worker of this name can be called no more */
  refuseIfFailed(componentId: string, name: string): void {
    this.#around.set.find(componentId, name)?.refuseIfFailed();
  }

  /** The worker is made if there is none. The promise is settled when the function has returned or failed for good. */
  invoke(componentId: string, name: string, invocation: Call): Promise<{ response: TypedValue | null }> {
    const { components, set } = this.#around;
    if (components.get(componentId, "latest").type === "Ephemeral")
      return this.#invokeOnce(componentId, name, invocation);
    return (set.find(componentId, name) ?? set.create(componentId, name)).enqueue(invocation);
  }

  /** An ephemeral component has a new instance for each call, of which nothing is kept. */
  async #invokeOnce(componentId: string, name: string, invocation: Call) {
    const { set, faults } = this.#around;
    const worker = set.create(componentId, `${name}/${randomUUID()}`); // a name that REST cannot address
    const result = worker.enqueue(invocation).finally(() => set.remove(worker));
    result.catch(() => {}); // nobody may wait for it
    return faults ? result.catch(() => never) : result;
  }

  /** Puts on record, and only there, a call of a function whose name does not parse: a fault of Golem 1.2.0. */
  recordUnreadable(componentId: string, name: string, functionName: string, idempotencyKey: string): void {
    const { set } = this.#around;
    const worker = set.find(componentId, name) ?? set.create(componentId, name);
    const traceId = newTraceId();
    worker.record({ type: "PendingWorkerInvocation", functionName, request: [], idempotencyKey, traceId });
  }

  metadata(componentId: string, name: string): WorkerMetadata {
    return this.#metadata(this.#get(componentId, name));
  }

  /** @returns the workers that a filter finds, from `start` to before `end`, and how many there are in all */
  list(componentId: string, filter: Filter, start: number, end: number) {
    this.#around.components.refuseIfUnknown(componentId);
    const all = this.#around.set.matching(componentId, filter);
    return { found: all.slice(start, end).map((worker) => this.#metadata(worker)), total: all.length };
  }

  async delete(componentId: string, name: string): Promise<void> {
    this.#around.components.refuseIfUnknown(componentId);
    const worker = this.#around.set.find(componentId, name);
    if (worker) await this.#around.set.remove(worker);
  }

  /** Loads a worker again from the store, as after a start of the engine. What memory held of it is forgotten. */
  reload(componentId: string, name: string): void {
    this.#around.set.reload(this.#get(componentId, name));
  }

  interrupt(componentId: string, name: string, kind: "interrupt" | "restart"): void {
    this.#get(componentId, name).interrupt(kind);
  }

  resume(componentId: string, name: string): void {
    this.#get(componentId, name).resume();
  }

  /** The promise is settled when the update is on record; it is tried when the worker next comes to a rest. */
  update(componentId: string, name: string, version: number): Promise<void> {
    const worker = this.#get(componentId, name);
    return this.#around.begun.during(() => worker.update(version));
  }

  revert(componentId: string, name: string, target: RevertTarget): Promise<void> {
    const { store, begun } = this.#around;
    const worker = this.#get(componentId, name);
    return begun.during(() =>
      worker.revert(revertIndex(store.oplog.read(worker.row.key, 1, worker.lastIndex), target)),
    );
  }

  /** @returns false when the call has returned already. @throws GolemFault when no call with this key is pending */
  cancel(componentId: string, name: string, idempotencyKey: string): boolean {
    const worker = this.#get(componentId, name);
    if (worker.cancel(idempotencyKey)) return true;
    if (this.#around.store.invocations.get(worker.row.key, idempotencyKey)?.state === "done") return false;
    throw new GolemFault("InvalidRequest", "Invocation not found");
  }

  /** @throws GolemFault when nothing is to be heard of the worker, as it has failed or is interrupted */
  refuseIfSilent(componentId: string, name: string): void {
    const worker = this.#get(componentId, name);
    if (worker.row.status === "Failed") worker.refuseIfFailed();
    if (worker.row.status === "Interrupted")
      throw new GolemFault("Interrupted", "the worker is interrupted: resume it");
  }

  /** @returns false when it was complete already */
  complete(componentId: string, name: string, index: OplogIndex, data: Uint8Array): boolean {
    const worker = this.#get(componentId, name);
    if (this.#around.store.promises.get(worker.row.key, index) === undefined)
      throw new GolemFault("InvalidRequest", `there is no promise ${index} of worker ${name}`);
    return worker.completePromise(index, data);
  }

  /** @returns entries `from` to `to`, as far as there are any, and the last index */
  oplog(
    componentId: string,
    name: string,
    from: OplogIndex,
    to: OplogIndex,
  ): { entries: OplogEntry[]; last: OplogIndex } {
    const worker = this.#around.set.find(componentId, name);
    if (!worker) return { entries: [], last: 0 };
    return { entries: this.#around.store.oplog.read(worker.row.key, from, to), last: worker.lastIndex };
  }

  /** Calls back with what the worker writes and does from now on. @returns stops it */
  listen(componentId: string, name: string, listener: (event: WorkerEvent) => void): () => void {
    return this.#around.set.listen(this.#get(componentId, name), listener);
  }

  #get(componentId: string, name: string): DurableWorker {
    return this.#around.set.get(componentId, name);
  }

  #metadata(worker: DurableWorker): WorkerMetadata {
    const { row } = worker;
    const component = this.#around.components.get(row.componentId, row.version);
    const error = worker.lastError();
    return {
      componentId: row.componentId,
      workerName: row.name,
      args: row.args,
      env: row.env,
      status: worker.reportedStatus,
      componentVersion: row.version,
      componentSize: component.size,
      linearMemory: Math.max(worker.linearMemory, linearMemory(component.metadata)),
      retryCount: error?.retryCount ?? 0,
      lastError: error?.error,
      pendingInvocationCount: worker.pendingInvocations.length,
      updates: worker.updates,
      ownedResources: worker.ownedResources,
      hazards: row.hazards.map(hazard),
      createdAt: row.created,
    };
  }
}
