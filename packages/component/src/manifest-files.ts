import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Golem's application manifests that can describe a component: `golem.yaml` in its folder and further up, the nearest first. */
export function manifestsFor(dir: string): string[] {
  const file = join(dir, "golem.yaml");
  const parent = dirname(dir);
  return [...(existsSync(file) ? [file] : []), ...(parent === dir ? [] : manifestsFor(parent))];
}
