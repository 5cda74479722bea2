/**
 * `npm run soak`: one minigolem does very much for long, and what it holds is followed. 10,000 workers are in its folder, 200 wait for a
 * retry, 100,000 calls are made, 20,000 workers are made, called and deleted. Writes soak.json and results.md.
 * `npm run soak -- --scale 0.01` does a hundredth of it and writes nothing.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildComponents } from "golem-component";
import { startMinigolem } from "./engine.js";
import { readResults, type Soak, soakTable, writeResults, writeSoak } from "./results.js";
import { timed } from "./timing.js";
import { startUpstream } from "./upstream.js";

const scale = Number(process.argv[process.argv.indexOf("--scale") + 1] ?? 1) || 1;
const extent = { workers: 10_000 * scale, waiting: 200 * scale, calls: 100_000 * scale, deleted: 20_000 * scale };
/** Requests at a time. */
const lanes = 4;
/** Workers that share the calls: as many as have threads. */
const callees = 12;
/** How often is looked at what it holds, in each part. */
const looks = 40;

interface Held {
  done: number;
  memory: number;
  descriptors: number;
  threads: number;
}

const cache = mkdtempSync(join(tmpdir(), "minigolem-soak-cache-"));
const upstream = await startUpstream();
const [component] = await buildComponents([{ dir: fileURLToPath(new URL("component", import.meta.url)) }]);
if (!component) throw new Error("the benchmark's component was not built: run npm run build");
let engine = await startMinigolem("real", cache);
const { versionedComponentId } = await engine.client.components.create("soak", { wasm: readFileSync(component.wasm) });
const worker = (name: string = randomUUID()) => engine.client.worker(versionedComponentId.componentId, name);
const soak: Soak = [];

await part("a worker made", extent.workers, () => worker().create());
upstream.failNext(extent.waiting);
await part("a worker that waits for its retry", extent.waiting, () =>
  worker().invokeAsync("ask", upstream.url, 1, 3_600_000),
);
await part("a call", extent.calls, async (i) => {
  await worker(`callee-${i % Math.min(callees, extent.calls)}`).invoke("count");
});
await part("a worker made, called and deleted", extent.deleted, async () => {
  const one = worker();
  await one.invoke("count");
  await one.delete();
});
const start = await timed(async () => {
  engine = await engine.restart();
  await engine.client.components.list();
});
const page = await timed(() => engine.client.workersPage(versionedComponentId.componentId));
console.log(`restart ${start.toFixed(0)} ms, page of workers ${page.toFixed(0)} ms`);
await engine.stop();
upstream.close();
rmSync(cache, { recursive: true, force: true });
console.log(`\n${soakTable(soak)}`);
if (scale < 1) console.log("\nNothing was written: a full run does that.");
else {
  writeSoak(soak);
  writeResults(readResults());
}

/** Does something so many times, and notes by how much it makes what the process holds grow. */
async function part(what: string, times: number, act: (i: number) => Promise<unknown>): Promise<void> {
  const held: Held[] = [];
  let done = 0;
  const begin = performance.now();
  const lane = async () => {
    while (done < times) {
      const i = done++;
      await act(i);
      if (i % Math.ceil(times / looks) === 0) held.push({ done: i, ...look() });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const ms = performance.now() - begin;
  // The first half warms up: caches and pools fill, and V8 compiles.
  const late = held.slice(held.length >> 1);
  const each = (of: keyof Held) => slope(late.map((one) => [one.done, one[of]]));
  soak.push({
    ...{ what, times, ms: ms / times, memory: each("memory") * 1024 },
    ...{ descriptors: each("descriptors") * 1000, threads: each("threads") * 1000, end: look() },
  });
  console.log(what, times, JSON.stringify(soak.at(-1)));
}

function look(): Omit<Held, "done"> {
  const count = (folder: string) => readdirSync(`/proc/${engine.pid}/${folder}`).length;
  return { memory: engine.memory() ?? Number.NaN, descriptors: count("fd"), threads: count("task") };
}

/** Of the line that comes nearest to the points. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / spread;
}
