import { join } from "node:path";
import type { Plugin } from "rollup";
import type { WitFolder } from "./wit/folder.js";
import { returnsOf } from "./wit/shapes.js";

/** The id of the module that is bundled in place of the component's own. */
export const checkedEntry = "\0golem-component:entry";

/** The compiled one, also when a test runs this file as TypeScript. */
const check = join(import.meta.dirname, "..", "dist", "guest", "check.js");

/** Exports what the component exports. Its interfaces are wrapped, so that what their functions return is checked against the WIT. */
export function checkedExports(entry: string, { source, world }: WitFolder): Plugin {
  const from = JSON.stringify(entry);
  const wrapped = Object.entries(returnsOf(source, world)).map(
    ([name, returns]) => `export const ${name} = checked(own.${name}, ${JSON.stringify(returns)});`,
  );
  const code = [
    `import { checked } from ${JSON.stringify(check)};`,
    `import * as own from ${from};`,
    `export * from ${from};`,
    ...wrapped,
  ].join("\n");
  return {
    name: "golem-component-checked-exports",
    resolveId: (id) => (id === checkedEntry ? id : null),
    load: (id) => (id === checkedEntry ? { code, map: { mappings: "" }, moduleSideEffects: true } : null),
  };
}
