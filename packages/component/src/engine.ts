import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { BuildError, type Problem } from "./problem.js";
import type { WitFolder } from "./wit/folder.js";

/** Makes the component: the bundle inside a JavaScript engine, its top level run already. */
export async function componentizeBundle(file: string, wit: WitFolder): Promise<Uint8Array> {
  const { componentize } = await import("@bytecodealliance/componentize-js");
  try {
    // All features on: without one its calls are still there and trap without a word.
    const { component } = await componentize({ sourcePath: file, witPath: wit.resolved, worldName: wit.world, disableFeatures: [] });
    return component;
  } catch (error) {
    throw new BuildError([await initialisationProblem(error, file)], { cause: error });
  }
}

/** The top level of the module ran at build time and failed: the stack is of the bundle. */
async function initialisationProblem(error: unknown, file: string): Promise<Problem> {
  const text = error instanceof Error ? error.message : String(error);
  console.error("RAW", text);
  return { what: text, ...(await sourcePosition(text, file)) };
}

async function sourcePosition(text: string, file: string): Promise<Partial<Problem>> {
  const frame = new RegExp(`${basename(file).replaceAll(".", "\\.")}:(\\d+):(\\d+)`).exec(text);
  if (!frame) return {};
  const map = new SourceMap(JSON.parse(await readFile(`${file}.map`, "utf8")));
  const entry = map.findEntry(Number(frame[1]) - 1, Number(frame[2]) - 1);
  if (!("originalSource" in entry)) return {};
  return { file: resolve(dirname(file), entry.originalSource), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
