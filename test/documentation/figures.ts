import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { howFastPicture, howFastTable } from "../../bench/how-fast.ts";
import { type Results, readResults } from "../../bench/results.ts";
import { root } from "./pages.js";

const pictureFile = join(root, "docs/how-fast.svg");
const picture = "![The times of minigolem and of Golem 1.2.0, on a logarithmic scale](docs/how-fast.svg)";
const section = /(<!-- figures of bench\/results\.json -->\n)[\s\S]*?(?=<!-- end of figures -->)/;

/** A page with its table of figures made anew; pages without one are left as they are. */
export function withFigures(text: string, results: readonly Results[] = readResults()): string {
  if (results.length === 0) return text;
  return text.replace(section, (_, start: string) => `${start}\n${picture}\n\n${howFastTable(results)}\n\n`);
}

/** Draws the picture anew. */
export function writePicture(results: readonly Results[] = readResults()): void {
  if (results.length > 0) writeFileSync(pictureFile, howFastPicture(results));
}

/** What is there, and what the figures of the last run would give. */
export function staleFigures(results: readonly Results[] = readResults()): string[] {
  if (results.length === 0) return [];
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const stale = [];
  if (withFigures(readme, results) !== readme) stale.push("README.md");
  if (readFileSync(pictureFile, "utf8") !== howFastPicture(results)) stale.push("docs/how-fast.svg");
  return stale;
}
