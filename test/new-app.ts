/** `npm run new-app -- <name>`: another app, from the smallest there is. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Command } from "commander";
import { copyApp } from "./templates/copy-app.js";
import { assertName } from "./templates/name.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const template = join(root, "apps/http-caller");

/**
 * Writes apps/<name>: all of it, or nothing.
 * @param apps the folder of the apps
 * @throws when there is one of that name, or none can have it
 */
export async function newApp(name: string, apps: string): Promise<void> {
  assertName(name, ["golem-retry", "golem-component", "golem-testkit"]);
  const folder = join(apps, name);
  if (existsSync(folder)) throw new Error(`apps/${name} is there already: take another name`);
  const draft = join(apps, `.${name}`);
  try {
    await copyApp(template, draft, name);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const program = new Command("new-app")
    .description("Makes another app in apps/, a copy of http-caller under its own name")
    .argument("<name>", "words joined by -, such as my-app")
    .action(async (name: string) => {
      try {
        await newApp(name, join(root, "apps"));
      } catch (error) {
        return program.error(`new-app: ${error instanceof Error ? error.message : error}`);
      }
      // npm knows a workspace by its lock file, and turbo does as npm does.
      execFileSync("npm", ["install", "--ignore-scripts"], { cwd: root, stdio: "inherit" });
      console.log(`apps/${name} is there. Next: wit/main.wit, then src/main.ts; npx turbo run test --filter=${name}`);
    });
  await program.parseAsync();
}
