import { type Activity, type Clock, realClock, type VirtualTime, virtualClock } from "./clock.js";
import { optimiseNothing } from "./component/compile.js";
import { Begun } from "./engine/begun.js";
import { Components } from "./engine/components.js";
import { answer } from "./engine/host-calls.js";
import { WorkerSet, type WorkerSetOptions } from "./engine/worker-set.js";
import { Workers } from "./engine/workers.js";
import type { Hazard } from "./hazards.js";
import { defaultLimits, type Limits } from "./limits.js";
import type { HostRetryPolicy } from "./oplog/entries.js";
import { openStore } from "./oplog/store.js";
import { golemDefaultPolicy } from "./retry.js";
import { ThreadPool } from "./threads/pool.js";
import type { WorkerEvent } from "./worker/surroundings.js";

export type { ComponentVersion } from "./engine/components.js";
export { never, type WorkerMetadata } from "./engine/workers.js";

export interface EngineOptions {
  /** Folder for everything that is to outlive the process. */
  dataDir: string;
  /** Folder for what can be made again from a component; engines may share it. */
  cacheDir: string;
  /** Virtual: when nothing can happen but a timer, the clock jumps. From then on V8 optimises no WebAssembly in this process. */
  time: "real" | "virtual";
  /** In force until a worker sets its own. */
  defaultPolicy?: HostRetryPolicy;
  /**
   * Has the faults of Golem 1.2.0 that minigolem otherwise does without:
   * - A worker that waits for its retry when the process ends stays Retrying.
   * - Metadata or deletion of a worker of an unknown component are never answered, and its oplog is empty.
   * - A call of an ephemeral component that fails is never answered.
   * - A function's name that does not parse leaves an entry that REST cannot show.
   * - A call of which nothing else is on record is recorded twice by its recovery.
   * - An update of a worker that waits for its retry leaves it Retrying for good.
   */
  faults?: boolean;
  /** Called once per worker and kind with what works here and hurts on a Golem server. */
  onHazard?: (hazard: Hazard, worker: { componentId: string; workerName: string }) => void;
  /**
   * Is told what happens, as it happens.
   * @param where the component's name, and the worker's: `orders/alice`
   */
  onEvent?: (event: EngineEvent, where: string) => void;
  /** Most instances in memory at a time, a thread each; more workers than that take turns. */
  maxThreads?: number;
  /** What one worker may use. Default: 512 MiB of memory, an oplog of 256 MiB, 256 HTTP requests under way and 256 open files. */
  limits?: Partial<Limits>;
}

/** What happens in an engine: a component was uploaded, or a worker did something. */
export type EngineEvent = { type: "uploaded"; version: number } | WorkerEvent;

/** Components and their durable workers, in one process. */
export interface Engine {
  /** With virtual time: the clock. */
  time: VirtualTime | undefined;
  clock: Clock;
  /** In force until a worker sets its own. */
  defaultPolicy: HostRetryPolicy;
  faults: boolean;
  components: Components;
  workers: Workers;
  /** Counts what is done as begun: virtual time stands still until it is over. */
  during<T>(act: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * @param around for tests of crashes: the world of a worker, which ends at a chosen moment
 * @throws when the data folder cannot be used
 */
export async function createEngine(options: EngineOptions, around?: WorkerSetOptions["around"]): Promise<Engine> {
  const {
    dataDir,
    cacheDir,
    onHazard,
    onEvent,
    defaultPolicy = golemDefaultPolicy,
    faults = false,
    maxThreads = 16,
  } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const store = openStore(dataDir);
  if (options.time === "virtual") optimiseNothing(); // it is for tests, which call a component a few times
  const shared = options.time === "virtual" ? new BigInt64Array(new SharedArrayBuffer(8)) : undefined;
  const activity: Activity = {
    busy: () => begun.any || threads.busy(),
    waiting: () => threads.exchanges() > 0,
  };
  const virtual = shared && virtualClock(activity, shared, store.time);
  const clock: Clock = virtual ?? realClock();
  const begun = new Begun(() => clock.poke());
  const offset = clock.now() - process.hrtime.bigint();
  const threads: ThreadPool = new ThreadPool({ clock, time: shared, offset, limit: maxThreads });
  const now = () => Number(clock.now() / 1000n) / 1000;

  const components: Components = new Components({
    ...{ store, cacheDir, begun, now, limits },
    translated: (script) => threads.expect(script),
    uploaded: ({ name, version }) => onEvent?.({ type: "uploaded", version }, name),
  });
  const set: WorkerSet = new WorkerSet({
    ...{ store, clock, threads, defaultPolicy, faults, limits, components, begun, dataDir, now, onHazard, around },
    onEvent: (event, { componentId, workerName }) =>
      onEvent?.(event, `${components.nameOf(componentId)}/${workerName}`),
    answer: (worker, what, payload) => answer({ store, components, workers: set }, worker, what, payload),
  });
  threads.onShortage((component) => set.unloadOne(component?.dir));
  await set.recover();
  return {
    time: virtual?.time,
    clock,
    defaultPolicy,
    faults,
    components,
    workers: new Workers({ store, components, begun, set, faults }),
    during: (act) => begun.during(act),
    async close() {
      clock.close();
      await threads.close();
      store.close();
    },
  };
}
