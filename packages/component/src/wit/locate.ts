import { relative } from "node:path";
import { type Problem, positionOf } from "../problem.js";
import { type WitFolder, writtenFile } from "./folder.js";
import { tokens } from "./scan.js";

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
