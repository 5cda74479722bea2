import { join } from "node:path";
import { GolemFault } from "../fault.js";
import { type Filter, matchesFilter } from "../filter.js";
import type { Hazard } from "../hazards.js";
import type { Store, WorkerRow } from "../oplog/store.js";
import type { WorkerEvent, WorkerSurroundings } from "../worker/surroundings.js";
import { DurableWorker } from "../worker/worker.js";
import type { Begun } from "./begun.js";
import { type Components, linearMemory } from "./components.js";

/** Where the workers of an engine live. */
export interface WorkerSetOptions
  extends Pick<WorkerSurroundings, "clock" | "threads" | "defaultPolicy" | "faults" | "limits" | "answer"> {
  store: Store;
  components: Components;
  begun: Begun;
  dataDir: string;
  /** Milliseconds since 1970. */
  now(): number;
  onHazard?: ((hazard: Hazard, worker: { componentId: string; workerName: string }) => void) | undefined;
  onEvent?: ((event: WorkerEvent, worker: { componentId: string; workerName: string }) => void) | undefined;
  /** The surroundings of one worker, if they are not the usual ones. */
  around?: ((usual: WorkerSurroundings, row: WorkerRow) => WorkerSurroundings) | undefined;
}

export const address = ({ componentId, name }: { componentId: string; name: string }) => `${componentId}/${name}`;

/** The workers of an engine, those in memory and those that are only on record. */
export class WorkerSet {
  readonly #options: WorkerSetOptions;
  readonly #around: WorkerSurroundings;
  readonly #byKey = new Map<number, DurableWorker>();
  readonly #byAddress = new Map<string, DurableWorker>();
  /** All by key, kept while none comes or goes: a component may ask for ten thousand, page by page. */
  #inOrder: DurableWorker[] | undefined;
  readonly #listeners = new Map<string, Set<(event: WorkerEvent) => void>>();

  constructor(options: WorkerSetOptions) {
    this.#options = options;
    const { components, dataDir } = options;
    this.#around = {
      ...options,
      random: Math.random,
      version: (id, version) => components.loaded(id, version),
      exists: (id, version) => components.has(id, version),
      ephemeral: ({ componentId, version }) => components.isEphemeral(componentId, version),
      files: (row) => join(dataDir, "files", String(row.key)),
      publish: (worker, event) => this.#publish(worker, event),
    };
  }

  /** After a start of the engine: goes on with what was on record. */
  async recover(): Promise<void> {
    const { store, components, faults } = this.#options;
    const waiting = store.invocations.waiting();
    for (const row of store.workers.all()) {
      const worker = this.#at(row);
      // The call of an ephemeral worker was lost with the process.
      if (components.isEphemeral(row.componentId, row.version) && row.name.includes("/")) await this.remove(worker);
      else worker.recover({ retryingToo: !faults, called: waiting.has(row.key) });
    }
  }

  find(componentId: string, name: string): DurableWorker | undefined {
    const known = this.#byAddress.get(address({ componentId, name }));
    if (known) return known;
    const row = this.#options.store.workers.find(componentId, name);
    return row && this.#at(row);
  }

  /** @throws GolemFault when there is none */
  get(componentId: string, name: string): DurableWorker {
    this.#options.components.refuseIfUnknown(componentId);
    const found = this.find(componentId, name);
    if (!found) throw new GolemFault("WorkerNotFound", `Worker not found: ${componentId}/${name}`);
    return found;
  }

  matching(componentId: string, filter: Filter): DurableWorker[] {
    return this.page(componentId, filter, 0, Number.POSITIVE_INFINITY);
  }

  /**
   * The first `count` workers that a filter finds among those made after one.
   * @param after that one's key, or 0
   */
  page(componentId: string, filter: Filter, after: number, count: number): DurableWorker[] {
    const matches = ({ row, reportedStatus }: DurableWorker) =>
      matchesFilter(filter, {
        workerName: row.name,
        env: row.env,
        status: reportedStatus,
        componentVersion: row.version,
        createdAt: row.created,
      });
    // All are in memory, and to read ten thousand rows takes a tenth of a second.
    this.#inOrder ??= [...this.#byKey.values()].sort((a, b) => a.row.key - b.row.key);
    const found: DurableWorker[] = [];
    for (let i = firstAfter(this.#inOrder, after); i < this.#inOrder.length && found.length < count; i++) {
      const worker = this.#inOrder[i] as DurableWorker;
      if (worker.row.componentId === componentId && matches(worker)) found.push(worker);
    }
    return found;
  }

  create(componentId: string, name: string, args: string[] = [], env: Record<string, string> = {}): DurableWorker {
    const { store, components, now } = this.#options;
    const { version, size, metadata } = components.get(componentId, "latest");
    const row = { componentId, name, version, status: "Idle", created: now(), args, env, hazards: [] } as const;
    return store.transaction(() => {
      const worker = this.#at(store.workers.add({ ...row, hazards: [] }));
      worker.create({ version, size, linearMemory: linearMemory(metadata) });
      return worker;
    });
  }

  async remove(worker: DurableWorker): Promise<void> {
    await this.#options.begun.during(() => worker.delete());
    this.#forget(worker.row);
  }

  /** Forgets what memory holds of a worker, and loads it from the store as a start of the engine does. */
  reload({ row }: DurableWorker): void {
    this.#forget(row);
    this.get(row.componentId, row.name).recover({ retryingToo: !this.#options.faults, called: true });
  }

  /** Takes the thread of the worker that has been idle for longest. @param dir if given, only a thread with this code helps */
  unloadOne(dir: string | undefined): void {
    const idle = [...this.#byKey.values()].filter(
      (worker) => worker.unloadable && (dir === undefined || worker.quickToReload(dir)),
    );
    idle.sort((a, b) => a.lastUsed - b.lastUsed)[0]?.unload();
  }

  /** Calls back with what a worker writes and does from now on. @returns stops it */
  listen(worker: DurableWorker, listener: (event: WorkerEvent) => void): () => void {
    const key = address(worker.row);
    const set = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, set.add(listener));
    return () => set.delete(listener);
  }

  #at(row: WorkerRow): DurableWorker {
    const { around = (usual) => usual } = this.#options;
    const known = this.#byKey.get(row.key) ?? new DurableWorker(row, around(this.#around, row));
    if (!this.#byKey.has(row.key)) this.#inOrder = undefined;
    this.#byKey.set(row.key, known);
    this.#byAddress.set(address(row), known);
    return known;
  }

  #forget(row: WorkerRow): void {
    this.#byKey.delete(row.key);
    this.#byAddress.delete(address(row));
    this.#inOrder = undefined;
  }

  #publish({ row }: { readonly row: WorkerRow }, event: WorkerEvent): void {
    const { onHazard, onEvent } = this.#options;
    const who = { componentId: row.componentId, workerName: row.name };
    if (event.type === "hazard") onHazard?.(event.hazard, who);
    onEvent?.(event, who);
    for (const listener of this.#listeners.get(address(row)) ?? []) listener(event);
  }
}

/** Where the first worker with a greater key is. @param workers by key */
function firstAfter(workers: readonly DurableWorker[], key: number): number {
  let [low, high] = [0, workers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((workers[middle] as DurableWorker).row.key <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
