/**
 * `npm run bench`: what components and the engine cost, and how it grows. With `GOLEM_URL` the same against that server, side by side
 * with ratios. Writes results.json and results.md. `npm run bench -- --quick` stops at 100 calls and 11 workers.
 */
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { serverAt } from "./engine.js";
import { measureFloors } from "./floors.js";
import { measureApps, measureBuild, measureBundles, measureTimeline } from "./local.js";
import { type Extent, type Figure, measure, type Note } from "./measure.js";
import { measureMemory, measureSleepers } from "./memory.js";
import { measurePage } from "./page.js";
import { type Results, table, writeResults } from "./results.js";
import { measureStart, measureVirtualTime } from "./start.js";
import { median, timed } from "./timing.js";
import { startUpstream } from "./upstream.js";

const isQuick = process.argv.includes("--quick");
const extent: Extent = isQuick
  ? { calls: [10, 100], workers: [1, 11] }
  : { calls: [10, 100, 1000, 10_000], workers: [1, 11, 100, 1000] };

const upstream = await startUpstream();
const roundTrip = await median(200, () => timed(() => fetch(upstream.url).then((answer) => answer.text())));

function collect(engine: string): { results: Results; note: Note } {
  const figures: Figure[] = [];
  const note: Note = (name, value, unit = "ms") => {
    if (value === undefined) return;
    figures.push({ name, unit, value });
    console.log(`${engine.padEnd(12)}  ${name.padEnd(52)} ${value.toFixed(2).padStart(10)} ${unit}`);
  };
  return { results: { engine, node: process.version, cores: cpus().length, roundTrip, figures }, note };
}

console.log(`a plain HTTP round trip takes ${roundTrip.toFixed(2)} ms`);
const ours = collect("minigolem");
const { wasm: file } = await measureBuild(ours.note);
const wasm = new Uint8Array(await readFile(file));
await measureApps(ours.note);
await measureBundles(ours.note);
await measureTimeline(ours.note);
const engine = await measureStart(wasm, ours.note);
ours.results.floors = await measureFloors(wasm, engine.cache, upstream);
await measure(engine, wasm, upstream, extent, ours.note);
await measureVirtualTime(wasm, engine.cache, upstream, ours.note);
await engine.stop();
await measureMemory(wasm, engine.cache, extent, ours.note);
await measureSleepers(wasm, engine.cache, isQuick ? 100 : 10_000, ours.note);
await measurePage(wasm, engine.cache, upstream, ours.note);
engine.forget();

const all = [ours.results];
const url = process.env.GOLEM_URL;
if (url) {
  const server = collect("Golem server");
  await measure(serverAt(url), wasm, upstream, extent, server.note);
  all.push(server.results);
}
upstream.close();
if (isQuick) console.log(`\n${table(ours.results, all[1])}\n\nNothing was written: a full run does that.`);
else writeResults(all);
