import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readWhole } from "../whole-file.js";

/** The body of the script's one function, within a transpiled component's folder. */
export const entry = "component.js";

/** SHA-256 of each other file of the folder, in hexadecimal digits. */
const sums = "sums.json";

export type Files = Record<string, Uint8Array<ArrayBuffer>>;

const sumOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/**
 * Reads all files of a folder.
 * @returns undefined when there is none, or a file is missing or is not as it was written
 */
export async function readEntry(dir: string): Promise<Files | undefined> {
  if (!existsSync(dir)) return undefined;
  try {
    const listed = JSON.parse(await readFile(join(dir, sums), "utf8")) as Record<string, string>;
    const names = Object.keys(listed);
    const read = await Promise.all(names.map(async (name) => [name, await readWhole(join(dir, name))] as const));
    if (!Object.hasOwn(listed, entry) || read.some(([name, bytes]) => sumOf(bytes) !== listed[name])) return undefined;
    return Object.fromEntries(read);
  } catch {
    return undefined;
  }
}

/** Writes a folder whole, in place of a damaged one. Other processes may do the same at the same time. */
export async function writeEntry(dir: string, files: Files): Promise<void> {
  const draft = `${dir}.${process.pid}-${randomUUID()}`;
  const listed = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sumOf(bytes)]));
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(draft, name), bytes, { mode: 0o600 });
    await writeFile(join(draft, sums), JSON.stringify(listed), { mode: 0o600 });
    if (existsSync(dir)) await setAside(dir);
    await rename(draft, dir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await readEntry(dir))) throw error; // else another process was faster
  }
}

async function setAside(dir: string): Promise<void> {
  const damaged = `${dir}.damaged-${randomUUID()}`;
  await rename(dir, damaged);
  await rm(damaged, { recursive: true, force: true });
}
