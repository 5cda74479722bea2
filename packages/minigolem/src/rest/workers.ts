import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type Engine, never, type WorkerMetadata } from "../engine.js";
import type { Filter } from "../filter.js";
import { rfc3339 } from "../oplog/public.js";
import type { RevertTarget } from "../oplog/revert.js";
import { all, filterJson, parseFilter } from "./filter.js";
import { orWithoutComponent, Refusal } from "./refusal.js";
import { body, componentOf, flag, naturalNumber, queries, query, type Routes, validName, workerOf } from "./route.js";

/** u64; beyond 2^53 nothing has that number here, and the nearest will do. */
const u64 = z
  .union([
    z.number().int().nonnegative(),
    z
      .bigint()
      .nonnegative()
      .lt(2n ** 64n),
  ])
  .transform(Number);

/** Any name may be a key, `__proto__` too, which `z.record` would lose. */
const environment = z.custom<Record<string, string>>(
  (json) =>
    typeof json === "object" &&
    json !== null &&
    !Array.isArray(json) &&
    Object.values(json).every((value) => typeof value === "string"),
  "expected an object of strings",
);

const creation = z.object({ name: z.string(), args: z.array(z.string()), env: environment });
const update = z.object({ mode: z.enum(["Automatic", "Manual"]), targetVersion: u64 });
const completion = z.object({ oplogIdx: u64, data: z.array(z.number().int().min(0).max(255)) });
const revertTarget = z.discriminatedUnion("type", [
  z.object({ type: z.literal("revertToOplogIndex"), lastOplogIndex: u64 }),
  z.object({ type: z.literal("revertLastInvocations"), numberOfInvocations: u64 }),
]);
const search = z.object({
  filter: filterJson.nullish(),
  cursor: z.object({ cursor: u64, layer: u64 }).nullish(),
  count: u64.nullish(),
  precise: z.boolean().nullish(),
});

export function workerRoutes(engine: Engine): Routes {
  const { components, workers, faults } = engine;
  const unanswered = (request: FastifyRequest) => faults && !components.knows(componentOf(request));
  const page = (componentId: string, filter: Filter, start = 0, count = 50, describe = worker) => {
    const end = start + count;
    const { found, total } = workers.list(componentId, filter, start, end);
    return {
      workers: found.map(describe),
      cursor: end < total ? { cursor: end, layer: 0 } : null,
    };
  };
  return {
    "/v1/components/:component/workers": {
      GET: (request) => {
        const count = query(request, "count");
        const cursor = query(request, "cursor");
        return page(
          componentOf(request),
          all(queries(request, "filter").map(parseFilter)),
          cursor === undefined ? undefined : scanCursor(cursor),
          count === undefined ? undefined : naturalNumber(count, "parameter `count`"),
          describerFor(request),
        );
      },
      POST: (request) => {
        const componentId = componentOf(request);
        const { name, args, env } = body(request, "WorkerCreationRequest", creation);
        validName(name);
        const { componentVersion } = orWithoutComponent(
          () => workers.create(componentId, { name, args, env }),
          () =>
            new Refusal(404, {
              error: `Couldn't retrieve the component: ${componentId}. error: Not found: Component not found`,
            }),
        );
        return { workerId: { componentId, workerName: name }, componentVersion };
      },
    },
    "/v1/components/:component/workers/find": {
      POST: (request) => {
        const { filter, cursor, count } = body(request, "WorkersMetadataRequest", search);
        return page(componentOf(request), filter ?? all([]), cursor?.cursor, count ?? undefined);
      },
    },
    "/v1/components/:component/workers/:worker": {
      GET(request) {
        if (unanswered(request)) return never;
        return describerFor(request)(workers.metadata(componentOf(request), workerOf(request)));
      },
      DELETE: async (request) => {
        if (unanswered(request)) return never;
        await workers.delete(componentOf(request), workerOf(request));
        return {};
      },
    },
    ...actions(engine),
  };
}

/** What can be done with a worker, apart from calling it. */
function actions({ workers }: Engine): Routes {
  return {
    "/v1/components/:component/workers/:worker/interrupt": {
      POST: (request) => {
        const kind = flag(request, "recovery-immediately") ? "restart" : "interrupt";
        workers.interrupt(componentOf(request), workerOf(request), kind);
        return {};
      },
    },
    "/v1/components/:component/workers/:worker/resume": {
      POST: (request) => {
        workers.resume(componentOf(request), workerOf(request));
        return {};
      },
    },
    "/v1/components/:component/workers/:worker/update": {
      POST: async (request) => {
        const { mode, targetVersion } = body(request, "UpdateWorkerRequest", update);
        if (mode === "Manual")
          throw new Refusal(501, { error: "minigolem does not offer manual updates (by snapshot): use Automatic" });
        await workers.update(componentOf(request), workerOf(request), targetVersion);
        return {};
      },
    },
    "/v1/components/:component/workers/:worker/revert": {
      POST: async (request) => {
        const target: RevertTarget = body(request, "RevertWorkerTarget", revertTarget);
        await workers.revert(componentOf(request), workerOf(request), target);
        return {};
      },
    },
    "/v1/components/:component/workers/:worker/complete": {
      POST: (request) => {
        const { oplogIdx, data } = body(request, "CompleteParameters", completion);
        return workers.complete(componentOf(request), workerOf(request), oplogIdx, Uint8Array.from(data));
      },
    },
    "/v1/components/:component/workers/:worker/invocations/:key": {
      DELETE: (request) => {
        const { key } = request.params as { key: string };
        return { canceled: workers.cancel(componentOf(request), workerOf(request), key) };
      },
    },
  };
}

const worker = (metadata: WorkerMetadata) => ({
  workerId: { componentId: metadata.componentId, workerName: metadata.workerName },
  args: metadata.args,
  env: metadata.env,
  status: metadata.status,
  componentVersion: metadata.componentVersion,
  retryCount: metadata.retryCount,
  pendingInvocationCount: metadata.pendingInvocationCount,
  updates: metadata.updates.map(({ type, at, targetVersion, details }) => ({
    type,
    timestamp: rfc3339(at),
    targetVersion,
    ...(type === "failedUpdate" ? { details: details ?? null } : {}),
  })),
  createdAt: rfc3339(metadata.createdAt),
  lastError: metadata.lastError ?? null,
  componentSize: metadata.componentSize,
  totalLinearMemorySize: metadata.linearMemory,
  ownedResources: Object.fromEntries(
    [...metadata.ownedResources].map(([id, { created, indexed = null }]) => [
      id,
      { createdAt: rfc3339(created), indexed },
    ]),
  ),
  activePlugins: [],
});

/** Golem has no field `hazards`. It is there for who asks for it, and a server takes no notice of the question. */
function describerFor(request: FastifyRequest): (metadata: WorkerMetadata) => ReturnType<typeof worker> {
  if (query(request, "hazards") !== "true") return worker;
  return (metadata) => ({ ...worker(metadata), hazards: metadata.hazards });
}

/** `layer/cursor`; there is one layer. */
function scanCursor(text: string): number {
  const found = /^\d+\/(\d+)$/.exec(text)?.[1];
  if (found !== undefined) return Number(found);
  throw new Refusal(400, {
    errors: [`Invalid cursor: ${text}: expected the last answer's cursor as <layer>/<cursor>`],
  });
}
