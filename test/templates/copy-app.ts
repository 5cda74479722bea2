import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { renamed } from "./name.js";

/** What a build, a test or an install leaves behind. */
const made = new Set([
  "node_modules",
  "dist",
  "generated",
  ".results",
  ".verified",
  ".turbo",
  ".minigolem",
  "report.html",
]);

/** The files of an app that somebody wrote, as paths from its folder, sorted. */
export async function appFiles(folder: string, within = ""): Promise<string[]> {
  const entries = await readdir(join(folder, within), { withFileTypes: true });
  const files = entries
    .filter(({ name }) => !made.has(name) && !name.endsWith(".tsbuildinfo"))
    .map((entry) => {
      const path = join(within, entry.name);
      return entry.isDirectory() ? appFiles(folder, path) : [path];
    });
  return (await Promise.all(files)).flat().sort();
}

/** Copies an app under another name, in its files and in their names. */
export async function copyApp(from: string, to: string, name: string): Promise<void> {
  const old = basename(from);
  for (const file of await appFiles(from)) {
    const target = join(to, dirname(file), basename(file).replace(new RegExp(`^${old}(?=\\.)`), name));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, renamed(await readFile(join(from, file), "utf8"), old, name));
  }
}
