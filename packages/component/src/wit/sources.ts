import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BuildError } from "../problem.js";

/** The folder of the WIT packages a component may import: its own `wit/deps`, or the nearest one further up. */
export function findDeps(dir: string): string | undefined {
  const deps = join(dir, "wit", "deps");
  if (existsSync(deps)) return deps;
  const parent = dirname(dir);
  return parent === dir ? undefined : findDeps(parent);
}

/** The one file of the component's own WIT package. */
export async function mainFile(dir: string): Promise<string> {
  const folder = join(dir, "wit");
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith(".wit")) : [];
  const [name] = names;
  if (names.length === 1 && name) return join(folder, name);
  throw new BuildError([
    names.length === 0
      ? {
          what: "no WIT file",
          file: folder,
          help: "Write the component's package, interface and world to wit/main.wit.",
        }
      : {
          what: `${names.length} WIT files: ${names.join(", ")}`,
          file: folder,
          help: "Put the package into one file: golem-cli takes no more.",
        },
  ]);
}
