import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The first to be shown: the simplest, and the one that the README explains. */
const first = "http-caller";

/** The apps that have a demo, in the order in which the demos are played. */
export function demoApps(root: string): string[] {
  const found = readdirSync(join(root, "apps")).filter((app) => existsSync(join(root, "apps", app, "demo.ts")));
  return found.sort((a, b) => Number(b === first) - Number(a === first));
}
