import { existsSync } from "node:fs";
import { join } from "node:path";
import { type RollupLog, rollup } from "rollup";
import { loadConfigFile } from "rollup/loadConfigFile";
import { checkedEntry, checkedExports } from "./checked-entry.js";
import { BuildError, type Problem } from "./problem.js";
import { rollupConfig } from "./rollup-config.js";
import type { WitFolder } from "./wit/folder.js";

/**
 * Bundles the guest to one module, with a source map beside it.
 * @returns the files it was made of
 */
export async function bundle(
  entry: string,
  file: string,
  dir: string,
  wit: WitFolder,
  offered: Set<string>,
): Promise<string[]> {
  const { options, inputs } = await appOptions(dir);
  try {
    const built = await rollup({
      ...options,
      input: checkedEntry,
      plugins: [checkedExports(entry, wit), options.plugins],
      onwarn: (warning) => {
        if (warning.code === "UNRESOLVED_IMPORT") throw warning;
      },
    });
    const { output } = await built.write({ file, format: "es", sourcemap: true });
    await built.close();
    const missing = output[0].imports.filter((name) => !offered.has(name));
    if (missing.length > 0) throw new BuildError(missing.map((name) => notImported(name, wit)));
    return [...built.watchFiles.filter((path) => !path.includes("\0")), ...inputs];
  } catch (error) {
    if (error instanceof BuildError) throw error;
    const { message, loc, id } = error as RollupLog;
    throw new BuildError(
      [{ what: message, file: loc?.file ?? id ?? entry, line: loc?.line, column: loc && loc.column + 1 }],
      { cause: error },
    );
  }
}

/** Told here of packages; of the component's own source the type check has told already. */
function notImported(name: string, { file, world, package: { worlds } }: WitFolder): Problem {
  const at = worlds.find((one) => one.name === world);
  return {
    what: `a package that is used imports ${name}, which world ${world} does not`,
    file,
    line: at?.line,
    column: at?.column,
    help: `Add "import ${name};" to the world.`,
  };
}

async function appOptions(dir: string) {
  const path = join(dir, "rollup.config.mjs");
  if (!existsSync(path)) return { options: rollupConfig(), inputs: [] };
  const { options, warnings } = await loadConfigFile(path, {}, false);
  warnings.flush();
  return { options: options[0] ?? rollupConfig(), inputs: [path] };
}
