import { relative } from "node:path";
import type { Problem } from "./problem.js";
import { nearest } from "./suggestion.js";
import type { WitFolder } from "./wit/folder.js";
import { statements } from "./wit/scan.js";

/**
 * Finds interfaces that the source takes for exports of the world, and that the world doesn't export. All other complaints of the
 * compiler about such a source follow from them.
 * @param messages what the compiler says
 */
export function unexportedInterfaces(messages: readonly string[], wit: WitFolder): Problem[] {
  const [bare = "", version] = wit.package.name.split("@");
  const prefix = `${bare}-exports/`;
  const suffix = version ? `@${version}` : "";
  const missing = messages.flatMap((text) => /^Cannot find module '([^']+)'/.exec(text)?.[1] ?? []);
  const names = [...new Set(missing)]
    .filter((module) => module.startsWith(prefix))
    .map((module) => module.slice(prefix.length).replace(/@.*/, ""));
  return names.map((name) => problem(name, wit, (other) => `${prefix}${other}${suffix}`));
}

function problem(
  name: string,
  { file, source, world, package: { worlds } }: WitFolder,
  module: (name: string) => string,
): Problem {
  const at = worlds.find((one) => one.name === world);
  const interfaces = statements(source)
    .filter(({ keyword }) => keyword === "interface")
    .map(({ head }) => head.map(({ text }) => text).join(""));
  const near = nearest(name, interfaces);
  const help = interfaces.includes(name)
    ? `Add "export ${name};" to world ${world} in ${relative(process.cwd(), file)}.`
    : near
      ? `Did you mean "${module(near)}"?`
      : `Declare interface ${name} in ${relative(process.cwd(), file)}, and add "export ${name};" to world ${world}.`;
  return {
    what: `world ${world} does not export interface "${name}", which the source implements`,
    file,
    line: at?.line,
    column: at?.column,
    help,
  };
}
