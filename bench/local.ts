import { readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
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

/** Measures the build of all apps, on as many processors as there are. */
export async function measureApps(note: Note): Promise<void> {
  const apps = join(here, "..", "apps");
  const dirs = readdirSync(apps).map((name) => ({ dir: join(apps, name) }));
  for (const { dir } of dirs) rmSync(join(dir, "dist"), { recursive: true, force: true });
  const jobs = availableParallelism();
  note(`build of the ${dirs.length} apps`, await timed(() => buildComponents(dirs, { jobs })));
  note(`build of the ${dirs.length} apps that are up to date`, await timed(() => buildComponents(dirs, { jobs })));
}

/** Measures what each function of golem-retry adds to a component's bundle: as the build writes it, with names that a stack trace shows, and minified. */
export async function measureBundles(note: Note): Promise<void> {
  for (const name of ["withRetryPolicy", "atomically", "retrying", "attempt"]) {
    const code = await bundled(name);
    note(`${name} in the bundle`, Buffer.byteLength(code), "bytes");
    const { code: minified } = await transform(code, { minify: true, format: "esm" });
    note(`${name} minified`, Buffer.byteLength(minified), "bytes");
  }
}

async function bundled(name: string): Promise<string> {
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
  return output[0].code;
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
