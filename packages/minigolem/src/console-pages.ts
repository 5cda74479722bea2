import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Finds the web console's files. They belong to golem-console. minigolem looks for them where packages are installed, and imports
 * nothing of that package.
 * @returns undefined when golem-console is not installed, or not built
 */
export function consolePages(): string | undefined {
  try {
    const entry = import.meta.resolve("golem-console");
    const folder = fileURLToPath(new URL("web/", entry));
    return existsSync(`${folder}index.html`) ? folder : undefined;
  } catch {
    return undefined;
  }
}
