import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { BuildError } from "../problem.js";
import { type SplitPackage, splitExports } from "./exports-package.js";

/** The WIT of one component: what was written, and the one folder made of it that jco and componentize-js read. */
export interface WitFolder {
  file: string;
  deps: string | undefined;
  resolved: string;
  world: string;
  package: SplitPackage;
}

/** The folder of the WIT packages a component may import: its own `wit/deps`, or the nearest one further up. */
export function findDeps(dir: string): string | undefined {
  const deps = join(dir, "wit", "deps");
  if (existsSync(deps)) return deps;
  const parent = dirname(dir);
  return parent === dir ? undefined : findDeps(parent);
}

export async function mainFile(dir: string): Promise<string> {
  const folder = join(dir, "wit");
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith(".wit")) : [];
  const [name] = names;
  if (names.length === 1 && name) return join(folder, name);
  throw new BuildError([
    names.length === 0
      ? { what: "no WIT file", file: folder, help: "Write the component's package, interface and world to wit/main.wit." }
      : { what: `${names.length} WIT files: ${names.join(", ")}`, file: folder, help: "Put the package into one file: golem-cli takes no more." },
  ]);
}

export async function witFolder(dir: string, world?: string): Promise<WitFolder> {
  const file = await mainFile(dir);
  const split = splitExports(await readFile(file, "utf8"), file);
  return { file, deps: findDeps(dir), resolved: join(dir, "generated", "wit"), world: chooseWorld(split, file, world), package: split };
}

function chooseWorld({ worlds, name }: SplitPackage, file: string, wanted?: string): string {
  const names = worlds.map((world) => world.name);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw new BuildError([{ what: `package ${name} has no world "${wanted}"`, file, help: `It has: ${names.join(", ") || "none"}.` }]);
  }
  const [first, second] = worlds;
  if (first && !second) return first.name;
  throw new BuildError([
    first && second
      ? { what: `which world? There are ${names.join(" and ")}`, file, line: second.line, column: second.column, help: `Keep one, or choose: golem-component build --world ${first.name}` }
      : { what: `package ${name} has no world`, file, help: "Add a world that imports what the component uses and exports its interface." },
  ]);
}

/** Writes the resolved folder anew. */
export async function writeWit({ file, deps, resolved, package: split }: WitFolder): Promise<void> {
  await rm(resolved, { recursive: true, force: true });
  await mkdir(resolved, { recursive: true });
  if (deps) await cp(deps, join(resolved, "deps"), { recursive: true });
  await writeFile(join(resolved, "main.wit"), split.main);
  if (!split.exports) return;
  const folder = join(resolved, "deps", split.exports.name.replace(":", "_"));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "exports.wit"), split.exports.text);
}

/** The written file that a file of the resolved folder was made of. */
export function writtenFile({ file, deps, resolved, package: split }: WitFolder, path: string): string {
  const inside = path.slice(path.indexOf(resolved) + resolved.length + 1);
  if (inside === "main.wit" || (split.exports && inside === `deps/${split.exports.name.replace(":", "_")}/exports.wit`)) return file;
  return deps ? join(deps, inside.slice("deps/".length)) : path;
}
