import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Problem, positionOf } from "../problem.js";
import { didYouMean } from "../suggestion.js";
import { type WitFolder, writtenFile } from "./folder.js";
import { statements, tokens } from "./scan.js";
import { types } from "./words.js";

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

function notFoundHelp(what: string, wit: WitFolder): string | undefined {
  const missing = /^name [`'"]([^`'"]+)[`'"] does not exist/.exec(what)?.[1];
  if (missing) return didYouMean(missing, [...types, ...declared(wit.source)]);
  if (!/not found/.test(what)) return undefined;
  const { deps } = wit;
  if (!deps) return "There is no wit/deps here or further up to import packages from.";
  const packages = `Packages that can be imported are in ${relative(process.cwd(), deps)}.`;
  const [, name = ""] = /'([^'@]+)(?:@[^']*)?' not found/.exec(what) ?? [];
  const near = didYouMean(name, name.includes(":") ? namesIn(deps, "package") : namesIn(deps, "interface"));
  return near ? `${near} ${packages}` : packages;
}

/** Names that a WIT text declares or uses: interfaces, types and functions are not told apart. */
const declared = (source: string): string[] =>
  tokens(source, 0, source.length)
    .map(({ text }, i, all) =>
      /^(record|variant|enum|flags|resource|type|[{,])$/.test(all[i - 1]?.text ?? "") ? text : "",
    )
    .filter((text) => /^[a-z]/.test(text));

/** The packages, without their versions, or the interfaces that a folder's WIT declares. */
function namesIn(deps: string, keyword: "package" | "interface"): string[] {
  return readdirSync(deps, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".wit"))
    .flatMap((file) => statements(readFileSync(join(deps, file), "utf8")))
    .filter((statement) => statement.keyword === keyword)
    .map(({ head }) =>
      head
        .map(({ text }) => text)
        .join("")
        .replace(/@.*/, ""),
    );
}
