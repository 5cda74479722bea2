import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuiltComponent, buildComponents, rollupConfig } from "golem-component";
import { type IndexedEntry, timelineOf } from "golem-timeline";
import { rollup } from "rollup";
import type { Note } from "./measure.js";
import { timed } from "./timing.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Measures the build of the benchmark's component: anew, and when nothing has changed. */
export async function measureBuild(note: Note): Promise<BuiltComponent> {
  const dir = join(here, "component");
  rmSync(join(dir, "dist"), { recursive: true, force: true });
  note("build of a component, the first of a process", await timed(() => buildComponents([{ dir }])));
  rmSync(join(dir, "dist"), { recursive: true, force: true });
  note("build of a further component", await timed(() => buildComponents([{ dir }])));
  let built: BuiltComponent[] = [];
  const again = await timed(async () => {
    built = await buildComponents([{ dir }]);
  });
  note("build of a component that is up to date", again);
  return built[0] as BuiltComponent;
}

/** Measures what each function of golem-retry adds to a component's bundle. */
export async function measureBundles(note: Note): Promise<void> {
  for (const name of ["withRetryPolicy", "atomically", "retrying"])
    note(`${name} in the bundle`, await bytes(name), "bytes");
}

async function bytes(name: string): Promise<number> {
  const entry = "\0entry";
  const { plugins, ...options } = rollupConfig();
  const virtual = {
    name: "entry",
    resolveId: (id: string) => (id === entry ? id : null),
    load: (id: string) => (id === entry ? `export { ${name} } from ${JSON.stringify(retry)};` : null),
  };
  const bundle = await rollup({ ...options, input: entry, plugins: [virtual, plugins], onwarn: () => {} });
  const { output } = await bundle.generate({ format: "es" });
  await bundle.close();
  return Buffer.byteLength(output[0].code);
}

const retry = fileURLToPath(import.meta.resolve("golem-retry"));

const defaultPolicy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };

/** Measures the timeline of an oplog of 10,000 entries. */
export async function measureTimeline(note: Note): Promise<void> {
  const at = (i: number) => new Date(Date.parse("2026-01-01T00:00:00Z") + i).toISOString();
  const entries: IndexedEntry[] = Array.from({ length: 5000 }, (_, i) => [
    { oplogIndex: 2 * i + 1, entry: call(i, at(2 * i)) },
    { oplogIndex: 2 * i + 2, entry: { type: "ExportedFunctionCompleted", timestamp: at(2 * i + 1) } },
  ]).flat();
  note("timeline of 10,000 entries", await timed(async () => timelineOf(entries, { defaultPolicy })));
}

const call = (i: number, timestamp: string) => ({
  type: "ExportedFunctionInvoked",
  timestamp,
  function_name: "bench:scopes/api.{count}",
  idempotency_key: String(i),
  request: [],
});
