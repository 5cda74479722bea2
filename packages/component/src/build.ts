import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { componentName } from "./component-name.js";
import { filesUnder, fingerprint, whenCurrent } from "./fingerprint.js";
import type { Finding } from "./lint/finding.js";
import { manifestsFor } from "./manifest-files.js";
import { BuildError } from "./problem.js";
import { withSourceMap } from "./source-map.js";
import { findDeps, mainFile } from "./wit/sources.js";

/** A component to build. */
export interface ComponentSource {
  /** Its folder: wit/ and src/main.ts or main.ts are there; generated/ and dist/ are written. */
  dir: string;
  /** Needed if the WIT has more than one world. */
  world?: string;
}

/** What came of a build. */
export interface BuiltComponent {
  /** As its package.json says, without a scope; its folder's name if there is none. */
  name: string;
  /** dist/<name>.wasm, which holds the source map of its bundle. The map also lies beside it as dist/<name>.js.map. */
  wasm: string;
  /** False if it was there and nothing has changed since. */
  built: boolean;
  /** What lint warns of; an up-to-date component's are said again. */
  warnings: Finding[];
}

/**
 * Builds one component, unless it is there and up to date.
 * @param progress is told each step's name as it begins
 * @throws BuildError whose message names file, line and remedy
 */
export async function buildComponent(
  source: ComponentSource,
  progress?: (step: string) => void,
): Promise<BuiltComponent> {
  const dir = resolve(source.dir);
  const name = componentName(dir);
  const wasm = join(dir, "dist", `${name}.wasm`);
  const entry = entryOf(dir);
  const current = await currentComponent(source);
  if (current) return current;
  const given = await givenFor(dir);

  const { wit, offered, read, findings } = await checked(dir, source.world, entry, progress);
  if (findings.some(({ severity }) => severity === "error")) throw new BuildError(findings);

  const steps = await import("./steps.js");
  progress?.("bundle");
  const file = join(dir, "dist", `${name}.js`);
  const bundled = await steps.bundle(entry, file, dir, wit, offered);
  const inputs = await fingerprint([...read, ...bundled], given, source.world, dir, findings);

  progress?.("component");
  const bytes = await withSourceMap(await steps.componentizeBundle(file, wit, dir), file, dir);
  await mkdir(dirname(wasm), { recursive: true });
  await writeWhole(wasm, bytes);
  await writeWhole(`${wasm}.inputs.json`, inputs);
  return { name, wasm, built: true, warnings: findings };
}

/** Finds a component that is built and up to date; undefined if it must be built. */
export async function currentComponent(source: ComponentSource): Promise<BuiltComponent | undefined> {
  const dir = resolve(source.dir);
  const name = componentName(dir);
  const wasm = join(dir, "dist", `${name}.wasm`);
  if (!existsSync(wasm)) return undefined;
  const warnings = await whenCurrent(wasm, await givenFor(dir), source.world, dir);
  return warnings && { name, wasm, built: false, warnings };
}

/** The files that say what a component is, beside its source. */
const givenFor = async (dir: string) => [
  await mainFile(dir),
  ...(await filesUnder(findDeps(dir))),
  ...manifestsFor(dir),
];

/** Renamed when whole: another process may be reading, or building the same. */
async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, content);
  await rename(part, file);
}

/**
 * Lints one component's source, and builds nothing but its types.
 * @throws BuildError if WIT or source have errors
 */
export async function lintComponent(source: ComponentSource): Promise<Finding[]> {
  const dir = resolve(source.dir);
  return (await checked(dir, source.world, entryOf(dir))).findings;
}

async function checked(dir: string, world: string | undefined, entry: string, progress?: (step: string) => void) {
  const steps = await import("./steps.js"); // the toolchain takes a second to load
  progress?.("WIT and types");
  const wit = await steps.witFolder(dir, world);
  await steps.writeWit(wit);
  const offered = await steps.writeGuestTypes(wit, dir);

  progress?.("type check");
  const declarations = await filesUnder(join(dir, "generated", "types"));
  const ephemeral = await steps.ephemeralIn(manifestsFor(dir), wit.package.name.replace(/@.*/, ""));
  return { wit, offered, ...steps.checkSource(entry, wit, declarations, ephemeral) };
}

function entryOf(dir: string): string {
  const entry = [join(dir, "src", "main.ts"), join(dir, "main.ts")].find((path) => existsSync(path));
  if (entry) return entry;
  throw new BuildError([
    {
      what: "no source",
      file: join(dir, "src", "main.ts"),
      help: "Write the component's exports to src/main.ts (or main.ts).",
    },
  ]);
}
