/** `npm run demo`: the demos of all apps, or of those that are named, one after the other. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const apps = readdirSync(join(root, "apps")).filter((app) => existsSync(join(root, "apps", app, "demo.ts")));
const named = process.argv.slice(2);
const unknown = named.filter((name) => !apps.includes(name));
if (unknown.length > 0) {
  console.error(`no app is called ${unknown.join(", ")}; there are ${apps.join(", ")}`);
  process.exit(1);
}
const failed: string[] = [];
for (const app of named.length > 0 ? named : apps) {
  const { status, signal } = spawnSync(join(root, "node_modules/.bin/tsx"), ["demo.ts"], {
    cwd: join(root, "apps", app),
    stdio: "inherit",
  });
  if (signal === "SIGINT" || status === 130) process.exit(130);
  if (status !== 0) failed.push(app);
}
if (failed.length > 0) {
  console.error(`\nthe demo of ${failed.join(", ")} did not go as it should`);
  process.exitCode = 1;
}
