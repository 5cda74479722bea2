import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchEngine, startMinigolem } from "./engine.js";
import type { Note } from "./measure.js";
import { timed } from "./timing.js";
import type { BenchUpstream } from "./upstream.js";

const day = 86_400_000;

async function firstCall({ client }: BenchEngine, wasm: Uint8Array): Promise<unknown> {
  const { versionedComponentId } = await client.components.create(`bench-${randomUUID()}`, { wasm });
  return client.worker(versionedComponentId.componentId, randomUUID()).invoke("count");
}

/** An engine that has seen the component, and the cache that knows it. */
export interface Seen extends BenchEngine {
  cache: string;
  /** Deletes the cache. */
  forget(): void;
}

/** Measures minigolem's start, and calls of components that it has and has not seen. Gives the engine that has seen it. */
export async function measureStart(wasm: Uint8Array, note: Note): Promise<Seen> {
  const cache = mkdtempSync(join(tmpdir(), "minigolem-bench-cache-"));
  const unseen = await startMinigolem("real", cache);
  note("upload and first call of an unseen component", await timed(() => firstCall(unseen, wasm)));
  await unseen.stop();

  const start = performance.now();
  const engine = await startMinigolem("real", cache);
  await engine.client.components.list();
  note("start to the first answer", performance.now() - start);
  note("upload and first call of a seen component", await timed(() => firstCall(engine, wasm)));
  return { ...engine, cache, forget: () => rmSync(cache, { recursive: true, force: true }) };
}

/** Thirty days of backoff, which pass at once in virtual time. */
export async function measureVirtualTime(
  wasm: Uint8Array,
  cache: string,
  upstream: BenchUpstream,
  note: Note,
): Promise<void> {
  const engine = await startMinigolem("virtual", cache);
  const { versionedComponentId } = await engine.client.components.create("bench", { wasm });
  const worker = () => engine.client.worker(versionedComponentId.componentId, randomUUID());
  await worker().invoke("count");
  upstream.failNext(5);
  note("thirty days of backoff in virtual time", await timed(() => worker().invoke("ask", upstream.url, 6, 6 * day)));
  await engine.stop();
}
