import { readFileSync } from "node:fs";
import { relative } from "node:path";

/** One thing that stops a build: what, where (line and column count from 1) and what to do about it. */
export interface Problem {
  /** In one sentence. */
  what: string;
  /** Absolute path. */
  file?: string;
  line?: number;
  column?: number;
  /** What to do. */
  help?: string;
}

/** A build that failed through its input. The message is meant to be read as it is. */
export class BuildError extends Error {
  override name = "BuildError";
  constructor(
    /** All that were found, not the first alone. */
    readonly problems: Problem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(toText).join("\n\n"), options);
  }
}

/** As it is printed: place, line of source, remedy. */
export function toText({ what, file, line, column, help }: Problem): string {
  const place = [file && (relative(process.cwd(), file) || file), line, column].filter(Boolean).join(":");
  const head = place ? `${place}: ${what}` : what;
  return [head, file && line ? frame(file, line, column) : undefined, help].filter(Boolean).join("\n");
}

function frame(file: string, line: number, column = 1): string | undefined {
  let text: string | undefined;
  try {
    text = readFileSync(file, "utf8").split("\n")[line - 1];
  } catch {
    return undefined; // the place is still named
  }
  if (!text) return undefined;
  const margin = `  ${line} | `;
  const tabs = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return `${margin}${text}\n${" ".repeat(margin.length)}${tabs}^`;
}

/** Line and column, from 1, of an offset. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
