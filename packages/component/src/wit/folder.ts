import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { BuildError } from "../problem.js";
import { type SplitPackage, splitExports } from "./exports-package.js";
import { findDeps, mainFile } from "./sources.js";
import { checkSyntax } from "./syntax.js";

/** The WIT of one component: what was written, and the one folder made of it that jco and componentize-js read. */
export interface WitFolder {
  file: string;
  source: string;
  deps: string | undefined;
  resolved: string;
  world: string;
  package: SplitPackage;
}

export async function witFolder(dir: string, world?: string): Promise<WitFolder> {
  const file = await mainFile(dir);
  const source = await readFile(file, "utf8");
  await checkSyntax(source, file);
  const split = splitExports(source, file);
  return {
    file,
    source,
    deps: findDeps(dir),
    resolved: join(dir, "generated", "wit"),
    world: chooseWorld(split, file, world),
    package: split,
  };
}

function chooseWorld({ worlds, name }: SplitPackage, file: string, wanted?: string): string {
  const names = worlds.map((world) => world.name);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw new BuildError([
      { what: `package ${name} has no world "${wanted}"`, file, help: `It has: ${names.join(", ") || "none"}.` },
    ]);
  }
  const [first, second] = worlds;
  if (first && !second) return first.name;
  throw new BuildError([
    first && second
      ? {
          what: `which world? There are ${names.join(" and ")}`,
          file,
          line: second.line,
          column: second.column,
          help: `Keep one, or choose: golem-component build --world ${first.name}`,
        }
      : {
          what: `package ${name} has no world`,
          file,
          help: "Add a world that imports what the component uses and exports its interface.",
        },
  ]);
}

/** Writes the resolved folder anew. */
export async function writeWit({ deps, resolved, package: split }: WitFolder): Promise<void> {
  await rm(resolved, { recursive: true, force: true });
  await mkdir(resolved, { recursive: true });
  if (deps) await cp(deps, join(resolved, "deps"), { recursive: true, dereference: true });
  await writeFile(join(resolved, "main.wit"), split.main);
  if (!split.exports) return;
  const folder = join(resolved, "deps", folderOf(split.exports.name));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "exports.wit"), split.exports.text);
}

/** What was written of which a file or folder of the resolved folder was made. */
export function writtenFile({ file, deps, resolved, package: split }: WitFolder, path: string): string {
  const inside = relative(resolved, path);
  const own =
    !inside.startsWith("deps") || (split.exports && inside.startsWith(join("deps", folderOf(split.exports.name))));
  return own || !deps ? file : join(deps, relative("deps", inside));
}

const folderOf = (packageName: string) => packageName.replace(":", "_");
