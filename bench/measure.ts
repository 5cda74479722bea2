import { randomUUID } from "node:crypto";
import type { Worker } from "golem-client";
import type { BenchEngine } from "./engine.js";
import { median, middle, timed } from "./timing.js";
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
  await parallelCalls(engine, worker, note);
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

/** Calls in a round of {@link callsASecond}. */
const round = 400;

/** Calls a second of several callers at the same time, each of which calls again when it has its answer. */
export async function callsASecond(callers: readonly (() => Promise<unknown>)[]): Promise<number> {
  const all = () =>
    Promise.all(
      callers.map(async (call) => {
        for (let i = 0; i < round / callers.length; i++) await call();
      }),
    );
  await all(); // what V8 compiles meanwhile would count against the first
  return (1000 * round) / (await timed(all));
}

async function parallelCalls(engine: BenchEngine, worker: () => Worker, note: Note): Promise<void> {
  for (const count of [1, 4, 16]) {
    const workers = Array.from({ length: count }, worker);
    for (const one of workers) await one.invoke("count");
    const before = { client: process.cpuUsage(), engine: engine.cpu() };
    const calls = await callsASecond(workers.map((one) => () => one.invoke("count")));
    note(`calls with ${count} ${count === 1 ? "worker" : "workers"}`, calls, "calls/s");
    if (count !== 4) continue;
    const { user, system } = process.cpuUsage(before.client);
    const each = (cpu: number | undefined) => cpu && cpu / (2 * round);
    note("CPU of each, in the client", each((user + system) / 1000));
    note("CPU of each, in the engine", each(difference(engine.cpu()?.all, before.engine?.all)));
    note("CPU of each, in the engine's main thread", each(difference(engine.cpu()?.main, before.engine?.main)));
  }
}

const difference = (now: number | undefined, before: number | undefined): number | undefined =>
  now === undefined || before === undefined ? undefined : now - before;

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

/** By the exported function that calls it. */
const scopesOf = {
  bare: "bare",
  "with-retry-policy": "withRetryPolicy",
  atomically: "atomically",
  retrying: "retrying",
  attempt: "attempt",
} as const;

/** What each scope costs over the bare request: time and oplog entries. They take turns, for V8 makes all of them faster as it goes. */
async function scopes(worker: () => Worker, upstream: BenchUpstream, note: Note): Promise<void> {
  const rounds = { before: 10, measured: 30 };
  const measured = Object.entries(scopesOf).map(([name, scope]) => {
    const one = worker();
    return { scope, one, call: () => timed(() => one.invoke(name, upstream.url)), times: [] as number[], entries: 0 };
  });
  for (let i = 0; i < rounds.before; i++) for (const { call } of measured) await call();
  for (const it of measured) it.entries = -(await it.one.oplog()).length;
  for (let i = 0; i < rounds.measured; i++) for (const { call, times } of measured) times.push(await call());
  for (const it of measured) it.entries = (it.entries + (await it.one.oplog()).length) / rounds.measured;
  const [bare, ...others] = measured.map(({ scope, times, entries }) => ({ scope, entries, ms: middle(times) }));
  if (!bare) return;
  note("call with a request", bare.ms);
  note("entries of a call with a request", bare.entries, "entries");
  for (const { scope, ms, entries } of others) {
    note(`${scope} over the bare call`, ms - bare.ms);
    note(`entries of ${scope} over the bare call`, entries - bare.entries, "entries");
  }
}
