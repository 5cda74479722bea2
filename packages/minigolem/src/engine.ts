import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Clock, realClock, type VirtualTime, virtualClock } from "./clock.js";
import { analyse, type ComponentExports, type ComponentMetadata } from "./component/analyse.js";
import { compile } from "./component/compile.js";
import { transpile } from "./component/transpile.js";
import { GolemFault } from "./fault.js";
import { type Filter, type Filtered, matchesFilter } from "./filter.js";
import { unmetImports } from "./guest/offered.js";
import type { WorkerFacts } from "./guest/worker-id.js";
import { type Hazard, hazard } from "./hazards.js";
import type { HostRetryPolicy, OplogEntry, OplogIndex, TypedValue } from "./oplog/entries.js";
import { type RevertTarget, revertIndex } from "./oplog/revert.js";
import { type ComponentRow, openStore, type WorkerRow, type WorkerStatus } from "./oplog/store.js";
import { golemDefaultPolicy } from "./retry.js";
import { ThreadPool } from "./threads/pool.js";
import {
  type Call,
  DurableWorker,
  type LoadedVersion,
  newTraceId,
  type WorkerEvent,
  type WorkerUpdate,
} from "./worker/worker.js";

export interface EngineOptions {
  /** Folder for everything that is to outlive the process. */
  dataDir: string;
  /** Folder for what can be made again from a component; engines may share it. */
  cacheDir: string;
  /** Virtual: when nothing can happen but a timer, the clock jumps. */
  time: "real" | "virtual";
  /** In force until a worker sets its own. */
  defaultPolicy?: HostRetryPolicy;
  /**
   * Has the faults of Golem 1.2.0 that minigolem otherwise does without: a worker that waits for its retry when the process ends
   * stays Retrying; metadata or deletion of a worker of an unknown component are never answered, and its oplog is empty; a call of
   * an ephemeral component that fails is never answered; a function's name that does not parse leaves an entry that REST cannot show;
   * a call of which nothing else is on record is recorded twice by its recovery; an update of a worker that waits for its retry
   * leaves it Retrying for good.
   */
  faults?: boolean;
  /** Called once per worker and kind with what works here and hurts on a Golem server. */
  onHazard?: (hazard: Hazard, worker: { componentId: string; workerName: string }) => void;
  /** Most instances in memory at a time, a thread each; more workers than that take turns. */
  maxThreads?: number;
}

export interface ComponentVersion extends Required<ComponentRow> {
  metadata: ComponentMetadata;
}

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
  /** What it has given out, by number, and when. Milliseconds since 1970. */
  ownedResources: ReadonlyMap<number, number>;
  /** What it did that works here and hurts on a Golem server. */
  hazards: Hazard[];
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** What a call comes to that Golem 1.2.0 does not answer: see {@link EngineOptions.faults}. */
export const never = new Promise<never>(() => {});

export type Engine = Awaited<ReturnType<typeof createEngine>>;

/**
 * Components and their durable workers, in one process.
 * @throws when the data folder cannot be used
 */
export async function createEngine(options: EngineOptions) {
  const defaultPolicy = options.defaultPolicy ?? golemDefaultPolicy;
  const store = openStore(options.dataDir);
  const shared = options.time === "virtual" ? new BigInt64Array(new SharedArrayBuffer(8)) : undefined;
  /** Things begun by a request that have not come to a rest; while there are any, virtual time stands still. */
  let begun = 0;
  let time: VirtualTime | undefined;
  let clock: Clock;
  if (shared) {
    const virtual = virtualClock(
      { busy: () => begun > 0 || threads.busy(), waiting: () => threads.exchanges() > 0 },
      shared,
    );
    clock = virtual;
    time = virtual.time;
  } else clock = realClock();
  const offset = clock.now() - process.hrtime.bigint();
  const threads = new ThreadPool({ clock, time: shared, offset, limit: options.maxThreads ?? 16 });

  async function during<T>(act: () => Promise<T>): Promise<T> {
    begun++;
    try {
      return await act();
    } finally {
      begun--;
      clock.poke();
    }
  }

  // ---- components

  const components = new Map<string, ComponentVersion[]>();
  const versions = new Map<string, Promise<LoadedVersion>>();
  for (const row of store.components.all()) {
    const list = components.get(row.id) ?? [];
    list[row.version] = { ...row, metadata: row.metadata ?? metadataOf(row) };
    components.set(row.id, list);
  }

  /** A component whose file is damaged keeps nobody from starting: whoever calls it is told. */
  function metadataOf(row: ComponentRow): ComponentMetadata {
    try {
      return analyse(store.components.wasm(row)).metadata;
    } catch (error) {
      console.error((error as Error).message);
      return { exports: [], memories: [], producers: [], dynamicLinking: {} };
    }
  }

  function versionsOf(id: string): ComponentVersion[] {
    const found = components.get(id);
    if (!found) throw new GolemFault("ComponentNotFound", `Component not found: ${id}`);
    return found;
  }
  function versionOf(id: string, version: number | "latest"): ComponentVersion {
    const all = versionsOf(id);
    const found = version === "latest" ? all.at(-1) : all[version];
    if (!found) throw new GolemFault("ComponentNotFound", `Component not found: ${id}, version ${version}`);
    return found;
  }

  function loaded(id: string, version: number): Promise<LoadedVersion> {
    const key = `${id}/${version}`;
    const known = versions.get(key) ?? during(() => load(versionOf(id, version)));
    versions.set(key, known);
    known.catch(() => versions.delete(key));
    return known;
  }

  async function load(component: ComponentVersion): Promise<LoadedVersion> {
    const { dir, script, core } = await transpile(
      component.hash,
      () => store.components.wasm(component),
      options.cacheDir,
    );
    const modules = new Map<string, WebAssembly.Module>();
    for (const [file, bytes] of core) modules.set(file, await compile(bytes));
    const { metadata, size, version } = component;
    return { dir, script, modules, version, exports: metadata.exports, size, linearMemory: linearMemory(metadata) };
  }

  function analysed(wasm: Uint8Array) {
    try {
      return analyse(wasm);
    } catch (error) {
      throw new GolemFault("InvalidComponent", (error as Error).message);
    }
  }

  function refuseIfTaken(name: string): void {
    if ([...components.values()].some(([first]) => first?.name === name))
      throw new GolemFault("ComponentAlreadyExists", `Component already exists: ${name}`);
  }

  type Checked = Pick<ComponentVersion, "hash" | "metadata">;

  /** @throws GolemFault when it is no component that can run here */
  async function checked(name: string, wasm: Uint8Array): Promise<Checked> {
    const { metadata, imports, kind } = analysed(wasm);
    const unmet = unmetImports(imports);
    if (unmet.length > 0)
      throw new GolemFault(
        "InvalidComponent",
        `${name} imports what minigolem does not offer: ${unmet.join("; ")}. It runs components of golem:api 1.1, WASI 0.2 (cli, clocks, random, io, filesystem, http client; sockets, which answer access-denied), wasi:keyvalue 0.1.0 and wasi:logging`,
      );
    const hash = createHash("sha256").update(wasm).digest("hex");
    if (kind === "component")
      await transpile(hash, () => wasm, options.cacheDir).catch((error: Error) => {
        throw new GolemFault("InvalidComponent", `${name}: ${error.message}`);
      });
    return { hash, metadata };
  }

  function addVersion(
    row: Omit<ComponentRow, "size" | "created" | "hash" | "metadata">,
    wasm: Uint8Array,
    { hash, metadata }: Checked,
  ) {
    const added: ComponentVersion = { ...row, size: wasm.byteLength, created: now(), hash, metadata };
    store.components.add(added, wasm);
    components.set(row.id, [...(components.get(row.id) ?? []), added]);
    loaded(row.id, row.version).catch(() => {}); // at once, so that the first call does not wait for it
    return added;
  }

  /** Bytes that an instance begins with. */
  const linearMemory = ({ memories }: ComponentMetadata) => memories.reduce((sum, memory) => sum + memory.initial, 0);

  // ---- workers

  const workers = new Map<number, DurableWorker>();
  const byAddress = new Map<string, DurableWorker>();
  const listeners = new Map<string, Set<(event: WorkerEvent) => void>>();
  const now = () => Number(clock.now() / 1000n) / 1000;
  const address = (row: { componentId: string; name: string }) => `${row.componentId}/${row.name}`;

  const around = {
    store,
    clock,
    threads,
    defaultPolicy,
    faults: options.faults ?? false,
    random: Math.random,
    version: loaded,
    exists: (id: string, version: number) => components.get(id)?.[version] !== undefined,
    ephemeral: ({ componentId, version }: WorkerRow) => components.get(componentId)?.[version]?.type === "Ephemeral",
    files: (row: WorkerRow) => join(options.dataDir, "files", String(row.key)),
    answer,
    publish(worker: DurableWorker, event: WorkerEvent) {
      if (event.type === "hazard")
        options.onHazard?.(event.hazard, { componentId: worker.row.componentId, workerName: worker.row.name });
      for (const listener of listeners.get(address(worker.row)) ?? []) listener(event);
    },
  };

  function workerAt(row: WorkerRow): DurableWorker {
    const known = workers.get(row.key) ?? new DurableWorker(row, around);
    workers.set(row.key, known);
    byAddress.set(address(row), known);
    return known;
  }

  async function remove(worker: DurableWorker): Promise<void> {
    await during(() => worker.delete());
    workers.delete(worker.row.key);
    byAddress.delete(address(worker.row));
  }

  function find(componentId: string, name: string): DurableWorker | undefined {
    const known = byAddress.get(address({ componentId, name }));
    if (known) return known;
    const row = store.workers.find(componentId, name);
    return row && workerAt(row);
  }

  function get(componentId: string, name: string): DurableWorker {
    versionsOf(componentId);
    const found = find(componentId, name);
    if (!found) throw new GolemFault("WorkerNotFound", `Worker not found: ${componentId}/${name}`);
    return found;
  }

  function create(componentId: string, name: string, args: string[], env: Record<string, string>): DurableWorker {
    const { version, size, metadata } = versionOf(componentId, "latest");
    return store.transaction(() => {
      const row = store.workers.add({
        componentId,
        name,
        version,
        status: "Idle",
        created: now(),
        args,
        env,
        hazards: [],
      });
      const worker = workerAt(row);
      worker.create({ version, size, linearMemory: linearMemory(metadata) });
      return worker;
    });
  }

  /** An ephemeral component has a new instance for each call, of which nothing is kept. */
  async function invokeOnce(componentId: string, name: string, invocation: Call) {
    const worker = create(componentId, `${name}/${randomUUID()}`, [], {});
    const result = worker.enqueue(invocation).finally(() => remove(worker));
    return options.faults ? result.catch(() => never) : result;
  }

  const filtered = ({ row, reportedStatus }: DurableWorker): Filtered => ({
    workerName: row.name,
    env: row.env,
    status: reportedStatus,
    componentVersion: row.version,
    createdAt: row.created,
  });

  const matching = (componentId: string, filter: Filter): DurableWorker[] =>
    store.workers
      .all(componentId)
      .map(workerAt)
      .filter((worker) => matchesFilter(filter, filtered(worker)));

  function metadata(worker: DurableWorker): WorkerMetadata {
    const { row } = worker;
    const component = versionOf(row.componentId, row.version);
    const error = worker.lastError();
    return {
      componentId: row.componentId,
      workerName: row.name,
      args: row.args,
      env: row.env,
      status: worker.reportedStatus,
      componentVersion: row.version,
      componentSize: component.size,
      linearMemory: linearMemory(component.metadata),
      retryCount: error?.retryCount ?? 0,
      lastError: error?.error,
      pendingInvocationCount: worker.pendingInvocations.length,
      updates: worker.updates,
      ownedResources: worker.ownedResources,
      hazards: row.hazards.map(hazard),
      createdAt: row.created,
    };
  }

  const revertedTo = (worker: DurableWorker, target: RevertTarget): OplogIndex =>
    revertIndex(store.oplog.read(worker.row.key, 1, worker.lastIndex), target);

  // ---- what host functions ask

  function answer(worker: DurableWorker, what: string, payload: Record<string, unknown>): unknown {
    const other = () => find(String(payload.componentId), String(payload.workerName));
    /** One that is to be stopped and started again, which the one that asks cannot be while it waits for the answer. */
    const another = (): DurableWorker => {
      const found = other();
      if (!found) throw new Error(`there is no worker ${payload.workerName}`);
      if (found === worker) throw new Error("a worker cannot update or revert itself");
      return found;
    };
    const index = Number(payload.index);
    switch (what) {
      case "keyvalue.get":
        return store.keyvalue.get(String(payload.bucket), String(payload.key));
      case "keyvalue.set":
        return store.keyvalue.set(String(payload.bucket), String(payload.key), payload.value as Uint8Array);
      case "keyvalue.delete":
        return store.keyvalue.delete(String(payload.bucket), String(payload.key));
      case "keyvalue.exists":
        return store.keyvalue.get(String(payload.bucket), String(payload.key)) !== undefined;
      case "promise.create":
        return store.promises.create(worker.row.key, index);
      case "promise.get": {
        const data = store.promises.get(other()?.row.key ?? -1, index);
        if (data === undefined) throw new Error(`there is no promise ${index} of worker ${payload.workerName}`);
        return data;
      }
      case "promise.complete": {
        const owner = other();
        return owner ? completePromise(owner, index, payload.data as Uint8Array) : false;
      }
      case "promise.delete":
        return store.promises.delete(other()?.row.key ?? -1, index);
      case "worker": {
        const found = other();
        return found ? facts(found) : null;
      }
      case "workers":
        return matching(String(payload.componentId), payload.filter as Filter).map(facts);
      case "worker.update":
        return another().update(Number(payload.targetVersion));
      case "worker.revert": {
        const found = another();
        return found.revert(revertedTo(found, payload.target as RevertTarget));
      }
      case "component.resolve":
        return [...components.values()].find(([first]) => first?.name === payload.name)?.[0]?.id ?? null;
      case "oplog": {
        const found = other();
        return found ? store.oplog.read(found.row.key, 1, found.lastIndex) : [];
      }
      default:
        throw new Error(`minigolem does not offer ${what}`);
    }
  }

  const facts = ({ row }: DurableWorker): WorkerFacts => ({
    componentId: row.componentId,
    workerName: row.name,
    args: row.args,
    env: row.env,
    status: row.status,
    componentVersion: row.version,
  });

  function completePromise(worker: DurableWorker, index: OplogIndex, data: Uint8Array): boolean {
    const first = store.promises.complete(worker.row.key, index, data);
    worker.wake();
    return first;
  }

  // ---- start

  threads.onShortage((component) => {
    const idle = [...workers.values()].filter(
      (worker) => worker.unloadable && (component === undefined || worker.quickToReload(component.dir)),
    );
    idle.sort((a, b) => a.lastUsed - b.lastUsed)[0]?.unload();
  });
  for (const row of store.workers.all()) {
    if (around.ephemeral(row) && row.name.includes("/"))
      await remove(workerAt(row)); // its call was lost with the process
    else workerAt(row).recover(!options.faults);
  }

  return {
    time,
    clock,
    defaultPolicy,
    faults: options.faults ?? false,
    during,

    components: {
      /** @throws GolemFault when the name is taken or it is no component that can run here */
      create: ({ name, wasm, type = "Durable" }: { name: string; wasm: Uint8Array; type?: ComponentRow["type"] }) =>
        during(async () => {
          refuseIfTaken(name);
          const found = await checked(name, wasm);
          refuseIfTaken(name);
          return addVersion({ id: randomUUID(), version: 0, name, type }, wasm, found);
        }),
      update: (id: string, wasm: Uint8Array, type?: ComponentRow["type"]) =>
        during(async () => {
          const { name } = versionOf(id, "latest");
          const found = await checked(name, wasm);
          const last = versionOf(id, "latest");
          return addVersion({ id, version: last.version + 1, name, type: type ?? last.type }, wasm, found);
        }),
      list: (name?: string): ComponentVersion[] =>
        [...components.values()].flat().filter((version) => name === undefined || version.name === name),
      versions: (id: string): ComponentVersion[] => components.get(id) ?? [],
      get: versionOf,
      wasm: (id: string, version: number | "latest"): Uint8Array => store.components.wasm(versionOf(id, version)),
    },

    workers: {
      create(
        componentId: string,
        { name, args = [], env = {} }: { name: string; args?: string[]; env?: Record<string, string> },
      ) {
        versionsOf(componentId);
        if (find(componentId, name)) throw new GolemFault("WorkerAlreadyExists", address({ componentId, name }));
        return metadata(create(componentId, name, args, env));
      },
      exports(componentId: string, name: string | undefined): ComponentExports {
        const version = (name === undefined ? undefined : find(componentId, name))?.row.version ?? "latest";
        return versionOf(componentId, version).metadata.exports;
      },
      /** Whether a worker has given out a resource of this number, and not taken it back. */
      owns: (componentId: string, name: string, resource: number): boolean =>
        find(componentId, name)?.ownedResources.has(resource) ?? false,
      /** @throws GolemFault when a worker of this name can be called no more */
      refuseIfFailed: (componentId: string, name: string): void => find(componentId, name)?.refuseIfFailed(),
      /** The worker is made if there is none. The promise is settled when the function has returned or failed for good. */
      invoke(componentId: string, name: string, invocation: Call): Promise<{ response: TypedValue | null }> {
        if (versionOf(componentId, "latest").type === "Ephemeral") return invokeOnce(componentId, name, invocation);
        return (find(componentId, name) ?? create(componentId, name, [], {})).enqueue(invocation);
      },
      /** Puts on record, and only there, a call of a function whose name does not parse: a fault of Golem 1.2.0. */
      recordUnreadable(componentId: string, name: string, functionName: string, idempotencyKey: string): void {
        const worker = find(componentId, name) ?? create(componentId, name, [], {});
        worker.record({
          type: "PendingWorkerInvocation",
          functionName,
          request: [],
          idempotencyKey,
          traceId: newTraceId(),
        });
      },
      metadata: (componentId: string, name: string): WorkerMetadata => metadata(get(componentId, name)),
      /** @returns those of a filter's from `start` to before `end`, and how many there are in all */
      list(componentId: string, filter: Filter, start: number, end: number) {
        versionsOf(componentId);
        const all = matching(componentId, filter);
        return { found: all.slice(start, end).map(metadata), total: all.length };
      },
      async delete(componentId: string, name: string): Promise<void> {
        versionsOf(componentId);
        const worker = find(componentId, name);
        if (!worker) return;
        await remove(worker);
      },
      interrupt: (componentId: string, name: string, kind: "interrupt" | "restart"): void =>
        get(componentId, name).interrupt(kind),
      resume: (componentId: string, name: string): void => get(componentId, name).resume(),
      update: (componentId: string, name: string, version: number): Promise<void> => {
        const worker = get(componentId, name);
        return during(async () => worker.update(version));
      },
      revert: (componentId: string, name: string, target: RevertTarget): Promise<void> => {
        const worker = get(componentId, name);
        return during(() => worker.revert(revertedTo(worker, target)));
      },
      cancel: (componentId: string, name: string, idempotencyKey: string): boolean =>
        get(componentId, name).cancel(idempotencyKey),
      /** @returns false when it was complete already */
      complete(componentId: string, name: string, index: OplogIndex, data: Uint8Array): boolean {
        const worker = get(componentId, name);
        if (store.promises.get(worker.row.key, index) === undefined)
          throw new GolemFault("InvalidRequest", `there is no promise ${index} of worker ${name}`);
        return completePromise(worker, index, data);
      },
      /** @returns entries `from` to `to`, as far as there are any, and the last index */
      oplog(
        componentId: string,
        name: string,
        from: OplogIndex,
        to: OplogIndex,
      ): { entries: OplogEntry[]; last: OplogIndex } {
        const worker = find(componentId, name);
        if (!worker) return { entries: [], last: 0 };
        return { entries: store.oplog.read(worker.row.key, from, to), last: worker.lastIndex };
      },
      /** Calls back with what the worker writes and does from now on. @returns stops it */
      listen(componentId: string, name: string, listener: (event: WorkerEvent) => void): () => void {
        const key = address(get(componentId, name).row);
        const set = listeners.get(key) ?? new Set();
        listeners.set(key, set.add(listener));
        return () => set.delete(listener);
      },
    },

    async close(): Promise<void> {
      clock.close();
      await threads.close();
      store.close();
    },
  };
}
