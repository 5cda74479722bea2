import { setImmediate } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import type { Engine } from "../engine.js";
import type { OplogEntry, OplogIndex } from "../oplog/entries.js";
import { type PublicOplogEntry, publicEntry } from "../oplog/public.js";
import { compile } from "../oplog/query.js";
import { Refusal } from "./refusal.js";
import { componentOf, naturalNumber, query, type Routes, requiredQuery, workerOf } from "./route.js";

/** Entries that are read at a time; in between others are answered. */
const chunk = 500;
/** Entries of an answer, whatever is asked for; its cursor leads to the next. */
const largestPage = 5_000;

interface Cursor {
  next_oplog_index: OplogIndex;
  current_component_version: number;
}

export function oplogRoutes(engine: Engine): Routes {
  return {
    "/v1/components/:component/workers/:worker/oplog": { GET: (request) => page(engine, request) },
  };
}

async function page({ components, workers, faults }: Engine, request: FastifyRequest) {
  const componentId = componentOf(request);
  const name = workerOf(request);
  if (!faults) components.get(componentId, "latest"); // on Golem, what is not there has an empty oplog
  const read = (from: OplogIndex, to: OplogIndex) => workers.oplog(componentId, name, from, to);
  const asked = naturalNumber(requiredQuery(request, "count", "integer(uint64)"), "parameter `count`");
  const count = Math.min(asked, largestPage);
  const from = query(request, "from");
  const text = query(request, "query");
  if (from !== undefined && text !== undefined)
    throw new Refusal(400, { errors: ["Cannot specify both the 'from' and the 'query' parameters"] });
  const cursor = cursorOf(query(request, "cursor"));
  const start =
    cursor?.next_oplog_index ?? Math.max(1, from === undefined ? 1 : naturalNumber(from, "parameter `from`"));
  const { last } = read(start, start - 1);

  const wanted = text === undefined ? () => true : search(text);
  const entries: { oplogIndex: OplogIndex; entry: PublicOplogEntry }[] = [];
  let version = cursor?.current_component_version ?? 0;
  let next = start;
  while (next <= last && entries.length < count) {
    if (next > start) await setImmediate();
    const size = text === undefined ? Math.min(count - entries.length, chunk) : chunk;
    for (const internal of read(next, next + size - 1).entries) {
      const entry = publicEntry(internal);
      if (wanted(entry)) entries.push({ oplogIndex: next, entry });
      version = versionAfter(internal) ?? version;
      next++;
      if (entries.length === count) break;
    }
  }
  return {
    entries,
    next: entries.length === 0 ? null : { next_oplog_index: next, current_component_version: version },
    firstIndexInChunk: text === undefined ? start : (entries[0]?.oplogIndex ?? 1),
    lastIndex: last,
  };
}

function versionAfter(entry: OplogEntry): number | undefined {
  if (entry.type === "Create") return entry.componentVersion;
  return entry.type === "SuccessfulUpdate" ? entry.targetVersion : undefined;
}

function search(text: string): (entry: PublicOplogEntry) => boolean {
  try {
    return compile(text);
  } catch (error) {
    throw new Refusal(400, { errors: [(error as Error).message] });
  }
}

/** `<next index>-<component version>`, from the answer before. */
function cursorOf(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const [, index, version] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (index === undefined)
    throw new Refusal(
      400,
      `failed to parse parameter \`cursor\`: Invalid oplog cursor ${JSON.stringify(text)}: expected the last answer's next_oplog_index-current_component_version`,
    );
  return { next_oplog_index: Math.max(1, Number(index)), current_component_version: Number(version) };
}
