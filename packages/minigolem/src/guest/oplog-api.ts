import type { OplogEntry, OplogEntryOf, OplogIndex, TypedValue } from "../oplog/entries.js";
import { compile, matches } from "../oplog/query.js";
import { parseUuid } from "../uuid.js";
import type { Imports } from "./context.js";
import { untypedWitValue, witValue } from "./wit-value.js";
import type { WorkerId } from "./worker-id.js";

/** Entries a call of `get-next` gives, as many as on Golem 1.2. */
const pageSize = 100;

/** The one account that a local Golem has. */
export const account = "-1";

const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

const datetime = (at: number) => ({
  seconds: BigInt(Math.floor(at / 1000)),
  nanoseconds: Math.round((at % 1000) * 1e6),
});
const value = (typed: TypedValue | null) => (typed ? witValue(typed) : untypedWitValue(null));
const big = BigInt;

const created = (entry: OplogEntryOf<"Create">) => ({
  workerId: { componentId: { uuid: parseUuid(entry.componentId) }, workerName: entry.workerName },
  componentVersion: big(entry.componentVersion),
  args: entry.args,
  env: Object.entries(entry.env),
  accountId: { value: account },
  parent: undefined,
  componentSize: big(entry.componentSize),
  initialTotalLinearMemorySize: big(entry.linearMemory),
  initialActivePlugins: [],
});

const hostCall = (entry: OplogEntryOf<"ImportedFunctionInvoked">) => ({
  functionName: entry.functionName,
  request: untypedWitValue(entry.request),
  response: untypedWitValue(entry.response),
  wrappedFunctionType:
    entry.kind === "WriteRemoteBatched"
      ? { tag: "write-remote-batched", val: entry.beginIndex === undefined ? undefined : big(entry.beginIndex) }
      : { tag: kebab(entry.kind) },
});

const invocation = (entry: OplogEntryOf<"ExportedFunctionInvoked">) => ({
  functionName: entry.functionName,
  request: entry.request.map(value),
  idempotencyKey: entry.idempotencyKey,
  traceId: entry.traceId,
  traceStates: [],
  invocationContext: [],
});

const pendingInvocation = (entry: OplogEntryOf<"PendingWorkerInvocation">) => ({
  invocation: {
    tag: "exported-function",
    val: {
      idempotencyKey: entry.idempotencyKey,
      functionName: entry.functionName,
      input: entry.request.map(value),
    },
  },
});

const span = (entry: OplogEntryOf<"StartSpan">) => ({
  spanId: entry.spanId,
  parent: entry.parentId,
  linkedContext: undefined,
  attributes: Object.entries(entry.attributes).map(([key, text]) => ({
    key,
    value: { tag: "string", val: text },
  })),
});

/** An entry as the WIT variant `oplog-entry` of golem:api@1.1.6. */
function witEntry(entry: OplogEntry): { tag: string; val: unknown } {
  const timestamp = datetime(entry.at);
  const tag = (name: string, val: Record<string, unknown> = {}) => ({ tag: name, val: { timestamp, ...val } });
  switch (entry.type) {
    case "Create":
      return tag("create", created(entry));
    case "ImportedFunctionInvoked":
      return tag("imported-function-invoked", hostCall(entry));
    case "ExportedFunctionInvoked":
      return tag("exported-function-invoked", invocation(entry));
    case "ExportedFunctionCompleted":
      return tag("exported-function-completed", { response: value(entry.response), consumedFuel: 0n });
    case "Error":
      return tag("error", { error: entry.error });
    case "Jump":
      return tag("jump", { start: big(entry.jump.start), end: big(entry.jump.end) });
    case "Revert":
      return tag("revert", { start: big(entry.droppedRegion.start), end: big(entry.droppedRegion.end) });
    case "ChangeRetryPolicy":
      return tag("change-retry-policy", { retryPolicy: entry.policy });
    case "EndAtomicRegion":
    case "EndRemoteWrite":
      return tag(kebab(entry.type), { beginIndex: big(entry.beginIndex) });
    case "PendingWorkerInvocation":
      return tag("pending-worker-invocation", pendingInvocation(entry));
    case "PendingUpdate":
      return tag("pending-update", {
        targetVersion: big(entry.targetVersion),
        updateDescription: { tag: "auto-update" },
      });
    case "SuccessfulUpdate":
      return tag("successful-update", {
        targetVersion: big(entry.targetVersion),
        newComponentSize: big(entry.componentSize),
        newActivePlugins: [],
      });
    case "FailedUpdate":
      return tag("failed-update", { targetVersion: big(entry.targetVersion), details: entry.details });
    case "GrowMemory":
      return tag("grow-memory", { delta: big(entry.delta) });
    case "CreateResource":
    case "DropResource":
      return tag(kebab(entry.type), { resourceId: big(entry.id) });
    case "DescribeResource": {
      const { id, resourceName, request } = entry;
      return tag("describe-resource", { resourceId: big(id), resourceName, resourceParams: request.map(value) });
    }
    case "Log":
      return tag("log", { level: kebab(entry.level), context: entry.context, message: entry.message });
    case "CancelInvocation":
      return tag("cancel-invocation", { idempotencyKey: entry.idempotencyKey });
    case "StartSpan":
      return tag("start-span", span(entry));
    case "FinishSpan":
      return tag("finish-span", { spanId: entry.spanId });
    default:
      return { tag: kebab(entry.type), val: timestamp };
  }
}

/** Entries that a search reads at a time: what the main thread decodes in a few milliseconds. */
const searchedAtOnce = 500;

/** Reads a worker's entries `from` to `to`, as far as there are any. */
type Read = (worker: WorkerId, from: OplogIndex, to: OplogIndex) => readonly OplogEntry[];

/** The resources of golem:api/oplog. As on Golem they are not on record: what they give may differ in a replay. */
export function oplogReaders(read: Read): Imports[string] {
  class GetOplog {
    readonly #worker: WorkerId;
    #next: number;
    constructor(worker: WorkerId, start: bigint) {
      this.#worker = worker;
      this.#next = Number(start);
    }
    getNext() {
      const entries = read(this.#worker, this.#next, this.#next + pageSize - 1);
      if (entries.length === 0) return undefined;
      this.#next += entries.length;
      return entries.map(witEntry);
    }
  }
  class SearchOplog {
    readonly #worker: WorkerId;
    readonly #text: string;
    #next = 1;
    constructor(worker: WorkerId, text: string) {
      compile(text); // one that cannot be read is refused at once
      this.#worker = worker;
      this.#text = text;
    }
    getNext() {
      const page: [bigint, ReturnType<typeof witEntry>][] = [];
      while (page.length < pageSize) {
        const entries = read(this.#worker, this.#next, this.#next + searchedAtOnce - 1);
        if (entries.length === 0) break;
        for (const entry of entries) {
          if (matches(entry, this.#text)) page.push([big(this.#next), witEntry(entry)]);
          this.#next++;
          if (page.length === pageSize) break;
        }
      }
      return page.length === 0 ? undefined : page;
    }
  }
  return { GetOplog, SearchOplog };
}
