import type { Filter } from "../filter.js";
import type { WorkerFacts, WorkersPage } from "../guest/worker-id.js";
import { type RevertTarget, revertIndex } from "../oplog/revert.js";
import type { Store, WorkerRow } from "../oplog/store.js";
import type { DurableWorker } from "../worker/worker.js";
import type { Components } from "./components.js";
import type { WorkerSet } from "./worker-set.js";

/** What host functions ask about. */
export interface Asked {
  store: Store;
  components: Components;
  workers: WorkerSet;
}

type Payload = Record<string, unknown>;

/** Answers what a host function of a worker asks the main thread. @throws when it cannot be answered: the guest traps */
type HostCall = (asked: Asked, payload: Payload, asking: Asking) => unknown;

/** The worker that asks. */
interface Asking {
  readonly row: WorkerRow;
}

const other = ({ workers }: Asked, { componentId, workerName }: Payload) =>
  workers.find(String(componentId), String(workerName));

/** One that is to be stopped and started again, which the one that asks cannot be while it waits for the answer. */
function another(asked: Asked, payload: Payload, asking: Asking): DurableWorker {
  const found = other(asked, payload);
  if (!found) throw new Error(`there is no worker ${payload.workerName}`);
  if (found.row === asking.row) throw new Error("a worker cannot update or revert itself");
  return found;
}

const facts = ({ row }: DurableWorker): WorkerFacts => ({
  componentId: row.componentId,
  workerName: row.name,
  args: row.args,
  env: row.env,
  status: row.status,
  componentVersion: row.version,
});

/** Where a value of the key-value store is. */
const at = ({ bucket, key }: Payload) => [String(bucket), String(key)] as const;

const hostCalls: Record<string, HostCall> = {
  "keyvalue.get": ({ store }, payload) => store.keyvalue.get(...at(payload)),
  "keyvalue.set": ({ store }, payload) => store.keyvalue.set(...at(payload), payload.value as Uint8Array),
  "keyvalue.delete": ({ store }, payload) => store.keyvalue.delete(...at(payload)),
  "keyvalue.exists": ({ store }, payload) => store.keyvalue.get(...at(payload)) !== undefined,
  "promise.create": ({ store }, { index }, { row }) => store.promises.create(row.key, Number(index)),
  "promise.get"(asked, payload) {
    const { workerName, index } = payload;
    const data = asked.store.promises.get(other(asked, payload)?.row.key ?? -1, Number(index));
    if (data === undefined) throw new Error(`there is no promise ${index} of worker ${workerName}`);
    return data;
  },
  "promise.complete": (asked, payload) =>
    other(asked, payload)?.completePromise(Number(payload.index), payload.data as Uint8Array) ?? false,
  "promise.delete": (asked, payload) =>
    asked.store.promises.delete(other(asked, payload)?.row.key ?? -1, Number(payload.index)),
  worker(asked, payload) {
    const found = other(asked, payload);
    return found ? facts(found) : null;
  },
  workers({ workers }, { componentId, filter, after, count }): WorkersPage {
    const found = workers.page(String(componentId), filter as Filter, Number(after), Number(count));
    return { workers: found.map(facts), last: found.at(-1)?.row.key ?? Number(after) };
  },
  "worker.update": (asked, payload, asking) => another(asked, payload, asking).update(Number(payload.targetVersion)),
  "worker.revert"(asked, payload, asking) {
    const found = another(asked, payload, asking);
    const entries = asked.store.oplog.read(found.row.key, 1, found.lastIndex);
    return found.revert(revertIndex(entries, payload.target as RevertTarget));
  },
  "component.resolve": ({ components }, { name }) => components.list(String(name))[0]?.id ?? null,
  oplog(asked, payload) {
    const found = other(asked, payload);
    const [from, to] = [Number(payload.from), Number(payload.to)];
    return found && from <= found.lastIndex
      ? asked.store.oplog.read(found.row.key, from, Math.min(to, found.lastIndex))
      : [];
  },
};

/** Answers what a host function asks. @throws when it cannot be answered */
export function answer(asked: Asked, asking: Asking, what: string, payload: Payload): unknown {
  const call = hostCalls[what];
  if (!call) throw new Error(`minigolem does not offer ${what}`);
  return call(asked, payload, asking);
}
