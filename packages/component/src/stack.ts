import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { basename, dirname, resolve, sep } from "node:path";
import type { Problem } from "./problem.js";

/** The place a stack of the engine tells of: its innermost frame in the component's own folder, else its innermost. */
export async function stackPlaces(
  stack: string,
  bundle: string,
  dir: string,
): Promise<Pick<Problem, "file" | "line" | "column">> {
  const map = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, "utf8")));
  const frame = new RegExp(`${basename(bundle).replaceAll(".", "\\.")}:(\\d+):(\\d+)`, "g");
  const places = [...stack.matchAll(frame)].flatMap(([, line, column]) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in entry)) return [];
    return [
      {
        file: resolve(dirname(bundle), entry.originalSource),
        line: entry.originalLine + 1,
        column: entry.originalColumn + 1,
      },
    ];
  });
  const own = places.find(({ file }) => file.startsWith(dir + sep) && !file.includes(`${sep}node_modules${sep}`));
  return own ?? places[0] ?? {};
}
