import { randomUUID } from "node:crypto";
import { startMinigolem } from "./engine.js";
import { type Extent, type Note, workersOf } from "./measure.js";
import { timed } from "./timing.js";

/** What minigolem's process holds with workers in memory, and with as many more that are asleep: made, and called by nobody. */
export async function measureMemory(wasm: Uint8Array, cache: string, { workers }: Extent, note: Note): Promise<void> {
  const engine = await startMinigolem("real", cache);
  const worker = await workersOf(engine, wasm);
  note("memory with no worker", engine.memory(), "MB");
  const used: number[] = [];
  let made = 0;
  for (const count of workers) {
    for (; made < count; made++) await worker().invoke("count");
    used.push(engine.memory() ?? 0);
    note(`memory with ${count} called ${count === 1 ? "worker" : "workers"}`, used.at(-1), "MB");
  }
  const [first = 0, second = 0] = used;
  const [one = 0, more = 0] = workers;
  note("memory of a worker", (second - first) / (more - one), "MB");
  await engine.stop();
}

/** Workers on disk: how long minigolem takes to start with them and to list a page of them, and what they take in memory. */
export async function measureSleepers(wasm: Uint8Array, cache: string, count: number, note: Note): Promise<void> {
  let engine = await startMinigolem("real", cache);
  const { versionedComponentId } = await engine.client.components.create("bench", { wasm });
  const { componentId } = versionedComponentId;
  const make = () => engine.client.worker(componentId, randomUUID()).create();
  for (let made = 0; made < count; made += 10) await Promise.all(Array.from({ length: 10 }, make));

  const start = performance.now();
  engine = await engine.restart();
  await engine.client.components.list();
  note(`start with ${count} workers asleep`, performance.now() - start);
  note(`a page of ${count} workers asleep`, await timed(() => engine.client.workersPage(componentId)));
  note(`memory with ${count} workers asleep`, engine.memory(), "MB");
  await engine.stop();
}
