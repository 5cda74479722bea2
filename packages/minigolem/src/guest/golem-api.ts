import { createHash } from "node:crypto";
import type { Comparator, Filter, TextComparator } from "../filter.js";
import type { HostRetryPolicy, OplogEntry } from "../oplog/entries.js";
import type { RevertTarget } from "../oplog/revert.js";
import type { WorkerStatus } from "../oplog/store.js";
import { parseUuid, type Uuid, uuidText } from "../uuid.js";
import type { GuestContext, Imports } from "./context.js";
import { oplogReaders } from "./oplog-api.js";
import { HostTrap, Interrupt, Suspend } from "./signals.js";
import type { WorkerFacts, WorkerId } from "./worker-id.js";

interface PromiseId {
  workerId: WorkerId;
  oplogIdx: bigint;
}

/** WIT `worker-any-filter`: any of what has all of some properties. */
interface AnyFilter {
  filters: { filters: PropertyFilter[] }[];
}
type PropertyFilter =
  | { tag: "name" | "env"; val: { name: string; comparator: string; value: string } }
  | { tag: "status"; val: { comparator: string; value: string } }
  | { tag: "version" | "created-at"; val: { comparator: string; value: bigint } };

/** `greater-equal` is `GreaterEqual` in REST. */
const pascal = (name: string) => name.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

const filterOf = ({ filters }: AnyFilter): Filter => ({
  type: "Or",
  filters: filters.map(({ filters: all }) => ({ type: "And", filters: all.map(propertyFilter) })),
});

function propertyFilter({ tag, val }: PropertyFilter): Filter {
  const word = pascal(val.comparator);
  switch (tag) {
    case "name":
      return { type: "Name", comparator: word as TextComparator, value: val.value };
    case "env":
      return { type: "Env", name: val.name, comparator: word as TextComparator, value: val.value };
    case "status":
      return { type: "Status", comparator: word as Comparator, value: pascal(val.value) as WorkerStatus };
    case "version":
      return { type: "Version", comparator: word as Comparator, value: Number(val.value) };
    case "created-at":
      return { type: "CreatedAt", comparator: word as Comparator, value: new Date(Number(val.value)).toISOString() };
  }
}

/** A key for the n-th thing of an invocation: the same again when the record is replayed. UUID version 5, as Golem's. */
function derivedKey(invocation: string, index: number): Uuid {
  const hash = createHash("sha1").update(`${invocation}-${index}`).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  return { highBits: hash.readBigUInt64BE(0), lowBits: hash.readBigUInt64BE(8) };
}

/** golem:api/{host,oplog}@1.1.x for one instance. */
export function golemImports(
  context: GuestContext,
  invocation: { key: string | undefined },
  defaultPolicy: HostRetryPolicy,
): Imports {
  const { journal, channel, worker } = context;
  const own: WorkerId = { componentId: { uuid: parseUuid(worker.componentId) }, workerName: worker.workerName };
  const ask = <T>(what: string, payload: unknown) => channel.request<T>(what, payload);
  const at = (id: WorkerId) => ({ componentId: uuidText(id.componentId.uuid), workerName: id.workerName });
  const promise = (id: PromiseId) => ({ ...at(id.workerId), index: Number(id.oplogIdx) });

  const metadata = (facts: WorkerFacts) => ({
    workerId: { componentId: { uuid: parseUuid(facts.componentId) }, workerName: facts.workerName },
    args: facts.args,
    env: Object.entries(facts.env),
    status: facts.status.toLowerCase(),
    componentVersion: BigInt(facts.componentVersion),
    retryCount: 0n, // Golem 1.2 says 0 whatever there was
  });

  class GetWorkers {
    #pages: WorkerFacts[][];
    constructor(componentId: { uuid: Uuid }, filter: AnyFilter | undefined) {
      const wanted = filter ? filterOf(filter) : { type: "And", filters: [] };
      const found = ask<WorkerFacts[]>("workers", { componentId: uuidText(componentId.uuid), filter: wanted });
      this.#pages = Array.from({ length: Math.ceil(found.length / 50) }, (_, i) => found.slice(i * 50, i * 50 + 50));
    }
    getNext() {
      return this.#pages.shift()?.map(metadata);
    }
  }

  const host = {
    createPromise(): PromiseId {
      const index = journal.noOp();
      const id = { workerId: own, oplogIdx: BigInt(index) };
      ask("promise.create", promise(id));
      return id;
    },
    awaitPromise(id: PromiseId): Uint8Array {
      const data = ask<Uint8Array | null>("promise.get", promise(id));
      if (data === null) throw new Suspend(undefined);
      return data;
    },
    pollPromise: (id: PromiseId): Uint8Array | undefined =>
      journal.durable("golem::api::poll_promise", "ReadRemote", promise(id), () =>
        ask<Uint8Array | null>("promise.get", promise(id)),
      ) ?? undefined,
    completePromise: (id: PromiseId, data: Uint8Array): boolean =>
      journal.durable("golem:api::complete_promise", "WriteLocal", promise(id), () =>
        ask<boolean>("promise.complete", { ...promise(id), data }),
      ),
    deletePromise(id: PromiseId): void {
      journal.durable("golem:api::delete_promise", "WriteLocal", promise(id), () => {
        ask("promise.delete", promise(id));
        return null;
      });
    },

    getOplogIndex: () => BigInt(journal.noOp()),
    setOplogIndex(index: bigint): void {
      if (worker.ephemeral) context.hazard("step-in-ephemeral");
      if (journal.jumpTo(index)) throw new Interrupt("jump");
    },
    oplogCommit(_replicas: number): void {
      journal.commit();
    },
    markBeginOperation() {
      if (worker.ephemeral) context.hazard("step-in-ephemeral");
      return BigInt(journal.beginRegion());
    },
    markEndOperation: (begin: bigint) => journal.endRegion(Number(begin)),

    getRetryPolicy: (): HostRetryPolicy => journal.policy ?? defaultPolicy,
    setRetryPolicy({ maxAttempts, minDelay, maxDelay, multiplier }: HostRetryPolicy): void {
      journal.changePolicy({ maxAttempts, minDelay, maxDelay, multiplier }); // the jitter is lost, as on Golem 1.2
    },

    getOplogPersistenceLevel: () => ({ tag: level }),
    setOplogPersistenceLevel({ tag }: { tag: Level }): void {
      if (journal.live) journal.commit();
      level = tag;
      journal.persistNothing = tag === "persist-nothing";
    },
    getIdempotenceMode: () => journal.idempotent,
    setIdempotenceMode(idempotent: boolean): void {
      journal.idempotent = idempotent;
    },
    generateIdempotencyKey: (): Uuid => {
      const index = journal.index;
      return journal.durable("golem api::generate_idempotency_key", "WriteRemote", null, () =>
        derivedKey(invocation.key ?? "", index),
      );
    },

    getSelfMetadata: () => metadata({ ...worker, args: [...worker.args], env: { ...worker.env }, status: "Running" }),
    getWorkerMetadata(id: WorkerId) {
      const facts = ask<WorkerFacts | null>("worker", at(id));
      return facts ? metadata(facts) : undefined;
    },
    GetWorkers,
    updateWorker(id: WorkerId, targetVersion: bigint, mode: string): void {
      journal.durable("golem::api::update-worker", "WriteRemote", at(id), () => {
        if (mode !== "automatic") throw new HostTrap("minigolem does not offer manual updates (by snapshot)");
        ask("worker.update", { ...at(id), targetVersion: Number(targetVersion) });
        return null;
      });
    },
    revertWorker(id: WorkerId, { tag, val }: { tag: string; val: bigint }): void {
      const target: RevertTarget =
        tag === "revert-to-oplog-index" ? { lastOplogIndex: Number(val) } : { numberOfInvocations: Number(val) };
      journal.durable("golem::api::revert-worker", "WriteRemote", at(id), () => {
        ask("worker.revert", { ...at(id), target });
        return null;
      });
    },
    forkWorker(): never {
      throw new HostTrap("golem:api/host fork-worker is not offered by minigolem");
    },
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
        id ? ask<WorkerFacts | null>("worker", at(id)) !== null : false,
      );
      return known ? id : undefined;
    },
  };

  type Level = "persist-nothing" | "persist-remote-side-effects" | "smart";
  let level: Level = "smart";

  const read = (id: WorkerId): readonly OplogEntry[] => {
    const { componentId, workerName } = at(id);
    if (componentId === worker.componentId && workerName === worker.workerName) {
      if (journal.inRegion) context.hazard("own-oplog-read-in-region");
      return journal.committed;
    }
    return ask<OplogEntry[]>("oplog", { componentId, workerName });
  };
  return { "golem:api/host": host, "golem:api/oplog": oplogReaders(read) };
}
