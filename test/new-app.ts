/** `npm run new-app -- <name>`: another app, from a template with one function, one test and one demo. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { copyApp } from "./templates/copy-app.js";
import type { Lock } from "./templates/lock.js";
import { assertName } from "./templates/name.js";

const run = promisify(execFile);
const template = fileURLToPath(new URL("templates/my-app", import.meta.url));

/**
 * Writes apps/<name> and tells npm about it: all of it, or nothing.
 * @param root of the repository
 * @throws when a package, an app or a module has that name, when WIT or npm can't have it, or when npm fails
 */
export async function newApp(name: string, root: string): Promise<void> {
  const lockFile = join(root, "package-lock.json");
  const lock = await readFile(lockFile, "utf8");
  const folder = join(root, "apps", name);
  assertName(name);
  if (existsSync(folder)) throw new Error(`apps/${name} is there already: take another name`);
  assertName(name, [...taken(JSON.parse(lock)), ...builtinModules]);

  const draft = join(root, "apps", `.${name}`);
  try {
    await copyApp(template, draft, name);
    await rename(draft, folder);
    // npm knows a workspace by its lock file, and turbo does as npm does.
    await run("npm", ["install", "--ignore-scripts", "--prefer-offline"], { cwd: root });
  } catch (error) {
    for (const made of [draft, folder]) await rm(made, { recursive: true, force: true });
    await unlink(join(root, "node_modules", name));
    await writeFile(lockFile, lock);
    throw error;
  }
}

/** The names of all workspaces and of all packages that are installed. */
function taken({ name, packages }: Lock & { name?: string }): string[] {
  const installed = Object.keys(packages).flatMap((path) => path.split("node_modules/").slice(1).at(-1) ?? []);
  return [...(name === undefined ? [] : [name]), ...installed];
}

/** Removes a link that npm made to a workspace, and nothing else. */
async function unlink(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) await rm(path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const program = new Command("new-app")
    .description("Makes another app in apps/, with one function, one test and one demo")
    .argument("<name>", "words joined by -, such as my-app")
    .action(async (name: string) => {
      process.on("SIGINT", () => {}); // Ctrl-C ends the npm that runs; with that this fails, and tidies up.
      try {
        await newApp(name, root);
      } catch (error) {
        return program.error(`new-app: ${error instanceof Error ? error.message : error}`);
      }
      const isBuilt = ["component", "testkit"].every((each) => existsSync(join(root, "packages", each, "dist")));
      const packages = isBuilt ? "" : "npx turbo run build --filter='./packages/*' && ";
      console.log(`apps/${name} is there. Write your function into its wit/main.wit and src/main.ts.
This builds and tests it, and nothing else:

  ${packages}npm run build -w ${name} && npm test -w ${name}`);
    });
  await program.parseAsync();
}
