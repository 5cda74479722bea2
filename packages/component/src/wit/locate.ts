import { relative } from "node:path";
import { componentEmbed } from "@bytecodealliance/jco";
import { BuildError, type Problem, positionOf } from "../problem.js";
import { type WitFolder, writtenFile } from "./folder.js";
import { tokens } from "./scan.js";

/** What the WIT parser says of one file by itself; undefined if nothing. Packages it imports are unknown here. */
async function parserSays(source: string): Promise<string | undefined> {
  try {
    await componentEmbed({ witSource: source, dummy: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Throws at the first token that is no WIT. The parser names no place, but it reads from left to right: the shortest
 * text that it refuses with the same words ends in that token.
 */
export async function checkSyntax(source: string, file: string): Promise<void> {
  const what = await parserSays(source);
  if (!what || !/expected|unterminated|invalid/.test(what)) return;
  const words = tokens(source, 0, source.length);
  let [good, bad] = [0, words.length];
  while (!/found eof/.test(what) && bad - good > 1) {
    const middle = (good + bad) >> 1;
    if ((await parserSays(source.slice(0, words[middle - 1]?.end))) === what) bad = middle;
    else good = middle;
  }
  throw new BuildError([{ what, file, ...positionOf(source, words[bad - 1]?.start ?? 0) }]);
}

/** Says where a name is that the WIT parser could not resolve. It answers with a chain of causes, the last the reason. */
export function unresolvedProblem(error: unknown, wit: WitFolder): Problem {
  const { source } = wit;
  const lines = (error instanceof Error ? error.message : String(error))
    .replace(/ known packages:(\n\s+\S+)*/, "") // notFoundHelp says it
    .split("\n")
    .map((line) => line.trim().replace(/^\d+: /, ""));
  const what = lines.filter((line) => line && line !== "Caused by:").at(-1) ?? "the WIT could not be read";
  const folder = lines.flatMap((line) => /^failed to parse package: (.+)$/.exec(line)?.[1] ?? []).at(-1);
  const written = folder ? writtenFile(wit, folder) : wit.file;
  if (written !== wit.file) return { what, file: written };

  const names = [...what.matchAll(/[`'"]([^`'"]+)[`'"]/g)].flatMap(([, name = ""]) => [name, name.replace(/@.*/, "")]);
  const known = tokens(source, 0, source.length);
  const at = names
    .flatMap(
      (name) => known.find(({ text }) => text === name)?.start ?? [source.indexOf(name)].filter((index) => index >= 0),
    )
    .at(0);
  return {
    what,
    file: wit.file,
    ...(at === undefined ? {} : positionOf(source, at)),
    help: notFoundHelp(what, wit),
  };
}

function notFoundHelp(what: string, { deps }: WitFolder): string | undefined {
  if (!/not found/.test(what)) return undefined;
  return deps
    ? `Packages that can be imported are in ${relative(process.cwd(), deps)}.`
    : "There is no wit/deps here or further up to import packages from.";
}
