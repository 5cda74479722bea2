import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { types } from "@bytecodealliance/jco";
import { BuildError } from "./problem.js";
import type { WitFolder } from "./wit/folder.js";
import { unresolvedProblem } from "./wit/locate.js";

/**
 * Writes the types of what the guest imports and exports to generated/types; reads all the WIT, so tells its errors.
 * @returns the module specifiers that they declare
 */
export async function writeGuestTypes(wit: WitFolder, dir: string): Promise<Set<string>> {
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
  const text = Object.values(files).map((bytes) => Buffer.from(bytes).toString());
  return new Set(text.flatMap((one) => [...one.matchAll(/^declare module '([^']+)'/gm)].map(([, name = ""]) => name)));
}
