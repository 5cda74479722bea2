import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BuildError } from "./problem.js";
import type { WitFolder } from "./wit/folder.js";
import { unresolvedProblem } from "./wit/locate.js";

/** Writes the types of what the guest imports and exports to generated/types; reads all the WIT, so tells its errors. */
export async function writeGuestTypes(wit: WitFolder, dir: string): Promise<void> {
  const { types } = await import("@bytecodealliance/jco");
  const folder = join(dir, "generated", "types");
  let files: Record<string, Uint8Array>;
  try {
    files = (await types(wit.resolved, { name: wit.world, worldName: wit.world, guest: true })) as Record<
      string,
      Uint8Array
    >;
  } catch (error) {
    throw new BuildError([unresolvedProblem(error, wit)], { cause: error });
  }
  await rm(folder, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}
