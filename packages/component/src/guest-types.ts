import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BuildError } from "./problem.js";
import { type WitFolder, writtenFile } from "./wit/folder.js";

/** Writes the types of what the guest imports and exports to generated/types; reads all the WIT, so tells its errors. */
export async function writeGuestTypes(wit: WitFolder, dir: string): Promise<void> {
  const { types } = await import("@bytecodealliance/jco");
  const folder = join(dir, "generated", "types");
  let files: Record<string, Uint8Array>;
  try {
    files = (await types(wit.resolved, { name: wit.world, worldName: wit.world, guest: true })) as Record<string, Uint8Array>;
  } catch (error) {
    throw witError(error, wit);
  }
  await rm(folder, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

/** The WIT parser says "…what…\n  --> /path/of/resolved/main.wit:3:8". */
function witError(error: unknown, wit: WitFolder): BuildError {
  const text = error instanceof Error ? error.message : String(error);
  const place = /--> (.+\.wit):(\d+):(\d+)/.exec(text);
  const what =
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line && !line.startsWith("-->") && !/^\d*\s*\|/.test(line) && !line.startsWith("Caused by"))
      .at(-1) ?? text;
  if (!place) return new BuildError([{ what: text.trim(), file: wit.file }], { cause: error });
  const [, path = "", line, column] = place;
  return new BuildError(
    [{ what: what.replace(/^\d+: /, ""), file: writtenFile(wit, path), line: Number(line), column: Number(column) }],
    { cause: error },
  );
}
