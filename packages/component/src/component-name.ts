import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/**
 * Finds what a component is called: as the package.json in its folder says, without a scope; or as the folder, if there is none.
 * So its name stays the same wherever the folder lies.
 */
export function componentName(dir: string): string {
  const manifest = join(dir, "package.json");
  const name: unknown = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).name : undefined;
  return typeof name === "string" && name !== "" ? basename(name) : basename(resolve(dir));
}
