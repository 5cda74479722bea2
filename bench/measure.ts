import { randomUUID } from "node:crypto";
import type { Worker } from "golem-client";
import type { BenchEngine } from "./engine.js";
import { median, timed } from "./timing.js";
import type { BenchUpstream } from "./upstream.js";

/** A figure of one engine. Names are the same for all engines, so that they can be put side by side. */
export interface Figure {
  name: string;
  unit: "ms" | "calls/s" | "MB" | "entries" | "bytes" | "frames/s";
  value: number;
}

export type Note = (name: string, value: number | undefined, unit?: Figure["unit"]) => void;

/** How far the growth is followed. */
export interface Extent {
  /** Earlier calls of a worker. */
  calls: readonly number[];
  /** Workers at the same time. */
  workers: readonly number[];
}

/** Makes workers of the benchmark's component, which is uploaded once. */
export async function workersOf({ client }: BenchEngine, wasm: Uint8Array): Promise<() => Worker> {
  const { versionedComponentId } = await client.components.create(`bench-${randomUUID()}`, { wasm });
  return () => client.worker(versionedComponentId.componentId, randomUUID());
}

/** Measures what depends on the engine alone. */
export async function measure(
  engine: BenchEngine,
  wasm: Uint8Array,
  upstream: BenchUpstream,
  extent: Extent,
  note: Note,
): Promise<void> {
  const worker = await workersOf(engine, wasm);
  await warmCalls(worker, extent, note);
  await parallelCalls(worker, note);
  await failedAttempts(worker, upstream, extent, note);
  await scopes(worker, upstream, note);
}

async function warmCalls(worker: () => Worker, { calls }: Extent, note: Note): Promise<void> {
  note("first call of a new worker", await median(10, () => timed(() => worker().invoke("count"))));
  const warm = worker();
  let made = 0;
  for (const earlier of calls) {
    for (; made < earlier; made++) await warm.invoke("count");
    note(`warm call after ${earlier} calls`, await median(50, () => timed(() => warm.invoke("count"))));
    made += 50;
  }
}

async function parallelCalls(worker: () => Worker, note: Note): Promise<void> {
  for (const count of [1, 4, 16]) {
    const workers = Array.from({ length: count }, worker);
    for (const one of workers) await one.invoke("count");
    const each = 400 / count;
    const ms = await timed(() =>
      Promise.all(
        workers.map(async (one) => {
          for (let i = 0; i < each; i++) await one.invoke("count");
        }),
      ),
    );
    note(`calls with ${count} ${count === 1 ? "worker" : "workers"}`, 400_000 / ms, "calls/s");
  }
}

/** Attempts that fail, with the recovery after each: `failures` of them in one call, without a delay. */
async function failedAttempts(
  worker: () => Worker,
  upstream: BenchUpstream,
  { calls }: Extent,
  note: Note,
): Promise<void> {
  const failures = 10;
  const attempt = async (one: Worker) => {
    upstream.failNext(failures);
    return (await timed(() => one.invoke("ask", upstream.url, failures + 1, 0))) / (failures + 1);
  };
  note("failed attempt and recovery", await median(3, () => attempt(worker())));
  const grown: { entries: number; ms: number }[] = [];
  const old = worker();
  let made = 0;
  for (const earlier of calls) {
    for (; made < earlier; made++) await old.invoke("count");
    const ms = await attempt(old);
    made++;
    note(`failed attempt and recovery after ${earlier} calls`, ms);
    grown.push({ entries: (await old.oplog()).length, ms });
  }
  const first = grown[0];
  const last = grown.at(-1);
  if (first && last && last.entries > first.entries)
    note("replay of an entry", Math.max(0, last.ms - first.ms) / (last.entries - first.entries));
}

/** What each scope costs over the bare request: time and oplog entries. */
async function scopes(worker: () => Worker, upstream: BenchUpstream, note: Note): Promise<void> {
  const cost = async (name: string) => {
    const one = worker();
    await one.invoke(name, upstream.url);
    const before = (await one.oplog()).length;
    const ms = await median(30, () => timed(() => one.invoke(name, upstream.url)));
    return { ms, entries: ((await one.oplog()).length - before) / 30 };
  };
  await cost("bare"); // what V8 compiles meanwhile would count against the first
  const bare = await cost("bare");
  note("call with a request", bare.ms);
  note("entries of a call with a request", bare.entries, "entries");
  for (const [name, scope] of [
    ["with-retry-policy", "withRetryPolicy"],
    ["atomically", "atomically"],
    ["retrying", "retrying"],
    ["attempt", "attempt"],
  ] as const) {
    const { ms, entries } = await cost(name);
    note(`${scope} over the bare call`, ms - bare.ms);
    note(`entries of ${scope} over the bare call`, entries - bare.entries, "entries");
  }
}
