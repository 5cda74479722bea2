import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RollupLog } from "rollup";
import { BuildError } from "./problem.js";
import { rollupConfig } from "./rollup-config.js";

/**
 * Bundles the guest to one module, with a source map beside it.
 * @returns the files it was made of
 */
export async function bundle(entry: string, file: string, dir: string): Promise<string[]> {
  const { rollup } = await import("rollup");
  const { options, inputs } = await appOptions(dir);
  try {
    const built = await rollup({
      ...options,
      input: entry,
      onwarn: (warning) => {
        if (warning.code === "UNRESOLVED_IMPORT") throw warning;
      },
    });
    await built.write({ file, format: "es", sourcemap: true });
    await built.close();
    return [...built.watchFiles.filter((path) => !path.includes("\0")), ...inputs];
  } catch (error) {
    const { message, loc, id } = error as RollupLog;
    throw new BuildError(
      [{ what: message, file: loc?.file ?? id ?? entry, line: loc?.line, column: loc && loc.column + 1 }],
      { cause: error },
    );
  }
}

async function appOptions(dir: string) {
  const path = join(dir, "rollup.config.mjs");
  if (!existsSync(path)) return { options: rollupConfig(), inputs: [] };
  const { loadConfigFile } = await import("rollup/loadConfigFile");
  const { options, warnings } = await loadConfigFile(path, {}, false);
  warnings.flush();
  return { options: options[0] ?? rollupConfig(), inputs: [path] };
}
