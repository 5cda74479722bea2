/** `npm run eject -- <app> <folder>`: an app as a project of its own. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { parseDocument } from "yaml";
import { copyApp } from "./templates/copy-app.js";
import { type Lock, withEveryPlatform } from "./templates/lock.js";
import { assertName } from "./templates/name.js";
import { standaloneReadme } from "./templates/readme.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

interface Manifest {
  name: string;
  version: string;
  license: string;
  engines?: Record<string, string>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, unknown>;
  allowScripts?: Record<string, boolean>;
}

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, "utf8"));
const writeJson = (file: string, value: unknown) => writeFile(file, `${JSON.stringify(value, null, 2)}\n`);

/**
 * Writes an app with everything it needs of this repository into a folder of its own: all of it, or nothing.
 * @param folder must be empty, or not be there
 * @param name of the project; the app's if not given
 */
export async function eject(app: string, folder: string, name = app): Promise<void> {
  const source = join(root, "apps", app);
  if (app !== basename(app) || !existsSync(join(source, "package.json")))
    throw new Error(`there is no app "${app}"; there are ${(await readdir(join(root, "apps"))).join(", ")}`);
  const ours = await packages();
  assertName(name, [...ours.keys(), ...tools]);
  const target = resolve(folder);
  const there = await readdir(target).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw new Error(`${folder} cannot be written to: ${error.message}`);
  });
  if (there && there.length > 0)
    throw new Error(`${folder} is not empty: name an empty folder, or one that is not there`);

  const made = await mkdir(dirname(target), { recursive: true });
  // Beside it, so that the last step is a rename: whoever looks sees a whole project or none.
  const draft = join(dirname(target), `.${basename(target)}-${randomUUID()}`);
  await mkdir(draft);
  try {
    await write(source, draft, name, ours);
    if (there) await rmdir(target);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    for (let dir = dirname(target); made && dir.startsWith(made); dir = dirname(dir)) await rmdir(dir);
    throw error;
  }
}

async function write(source: string, draft: string, name: string, ours: Map<string, string>): Promise<void> {
  await copyApp(source, draft, name);
  await cp(join(root, "wit/deps"), join(draft, "wit/deps"), { recursive: true });
  for (const file of [".npmrc", "LICENSE"]) await cp(join(root, file), join(draft, file));
  await rm(join(draft, "turbo.json"), { force: true }); // of this repository's build
  await writeFile(join(draft, ".gitignore"), "node_modules/\ndist/\ngenerated/\nreport.html\n.minigolem/\n");

  await writeJson(join(draft, "tsconfig.json"), await tsconfig(source));
  await edit(join(draft, "golem.yaml"), standaloneYaml);
  if (existsSync(join(draft, "README.md"))) await edit(join(draft, "README.md"), standaloneReadme);

  const manifest = await readJson<Manifest>(join(source, "package.json"));
  const vendored = await pack(await needed(manifest, ours), ours, join(draft, "vendor"));
  await writeJson(join(draft, "package.json"), standalone(manifest, name, vendored, await rootManifest()));
  await lock(draft);
}

const rootManifest = () => readJson<Manifest>(join(root, "package.json"));

/** Our packages: name and folder. */
async function packages(): Promise<Map<string, string>> {
  const folders = (await readdir(join(root, "packages"))).map((folder) => join(root, "packages", folder));
  const found = folders.filter((folder) => existsSync(join(folder, "package.json")));
  return new Map(
    await Promise.all(
      found.map(async (folder) => [(await readJson<Manifest>(join(folder, "package.json"))).name, folder] as const),
    ),
  );
}

/** What every project of its own needs beside what the app asks for: here the root has it. */
const tools = ["@types/node", "tsx", "typescript", "vitest"];

/** Those of ours that the app needs, and those that they need. */
async function needed(manifest: Manifest, ours: Map<string, string>): Promise<Set<string>> {
  const found = new Set<string>();
  const add = async (names: string[]) => {
    for (const name of names) {
      const folder = ours.get(name);
      if (folder === undefined || found.has(name)) continue;
      found.add(name);
      await add(Object.keys((await readJson<Manifest>(join(folder, "package.json"))).dependencies ?? {}));
    }
  };
  await add([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.devDependencies ?? {})]);
  return found;
}

/** Packs packages of ours, as npm would publish them. Gives for each what a package.json says to have it. */
async function pack(names: Set<string>, ours: Map<string, string>, vendor: string): Promise<Record<string, string>> {
  await mkdir(vendor);
  const specs: Record<string, string> = {};
  for (const name of [...names].sort()) {
    const folder = ours.get(name) as string;
    if (!existsSync(join(folder, "dist"))) throw new Error(`${name} is not built: run npm run build`);
    const answer = await npm(folder, "pack", "--json", "--ignore-scripts", "--pack-destination", vendor);
    const [{ filename }] = JSON.parse(answer) as [{ filename: string }];
    specs[name] = `file:vendor/${filename}`;
  }
  return specs;
}

/** An app's package.json, in need of no workspace. */
function standalone(app: Manifest, name: string, vendored: Record<string, string>, monorepo: Manifest): Manifest {
  const dependencies = { ...app.dependencies };
  for (const ours of Object.keys(dependencies)) dependencies[ours] = vendored[ours] ?? (dependencies[ours] as string);
  const devDependencies: Record<string, string> = { ...app.devDependencies };
  for (const tool of tools) devDependencies[tool] = monorepo.devDependencies?.[tool] as string;
  // Also those that only others of ours depend on: what the root has already is not looked for in a registry.
  for (const [ours, spec] of Object.entries(vendored)) if (!(ours in dependencies)) devDependencies[ours] = spec;
  return {
    ...app,
    name,
    engines: monorepo.engines,
    scripts: {
      build: "golem-component build",
      typecheck: "npm run build && tsc -p tsconfig.json",
      test: "npm run typecheck && vitest run --update=none",
      demo: "npm run build && tsx demo.ts",
      golem: "minigolem serve",
    },
    dependencies,
    devDependencies: Object.fromEntries(Object.entries(devDependencies).sort(([a], [b]) => (a < b ? -1 : 1))),
    overrides: monorepo.overrides,
    allowScripts: monorepo.allowScripts,
  };
}

/** An app's golem.yaml with what the root's says for all apps. */
function standaloneYaml(text: string): string {
  const manifest = parseDocument(text);
  manifest.set("tempDir", "dist/golem-temp");
  manifest.set("witDeps", ["wit/deps"]);
  return manifest.toString();
}

/** The app's tsconfig.json with what it takes from the root's written out. */
async function tsconfig(app: string): Promise<unknown> {
  interface Config {
    extends?: string;
    compilerOptions: object;
  }
  const { extends: base, ...own } = await readJson<Config>(join(app, "tsconfig.json"));
  const inherited = base ? (await readJson<Config>(join(app, base))).compilerOptions : {};
  return { ...own, compilerOptions: { ...inherited, ...own.compilerOptions } };
}

/** A lock file with the versions of our own: the app is to run with what it was tested with. */
async function lock(draft: string): Promise<void> {
  const file = join(draft, "package-lock.json");
  const { packages, ...rest } = await readJson<Lock>(join(root, "package-lock.json"));
  const registry = Object.entries(packages).filter(([path, { link }]) => path.startsWith("node_modules/") && !link);
  await writeJson(file, withEveryPlatform({ ...rest, packages: Object.fromEntries(registry) }));
  await npm(draft, "install", "--package-lock-only", "--ignore-scripts", "--prefer-offline");
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, "utf8")));
}

/** Runs npm in a folder, as if nobody had run npm around it: from there it would take the folder to work in. */
async function npm(folder: string, ...args: string[]): Promise<string> {
  const around = /^(npm_package_|npm_lifecycle_|npm_config_local_prefix$|npm_command$|INIT_CWD$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !around.test(key)));
  const { stdout } = await run("npm", args, { cwd: folder, env, maxBuffer: 16 << 20 });
  return stdout;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const program = new Command("eject")
    .description("Writes an app as a project of its own, that needs nothing of this repository")
    .argument("<app>", "one of apps/")
    .argument("<folder>", "where to: empty, or not there yet")
    .option("--name <name>", "what to call it (default: the app's name)")
    .action(async (app: string, folder: string, { name }: { name?: string }) => {
      const target = resolve(process.env.INIT_CWD ?? process.cwd(), folder);
      // Ctrl-C ends the npm that runs; with that this fails, and tidies up.
      process.on("SIGINT", () => {});
      try {
        await eject(app, target, name);
      } catch (error) {
        return program.error(`eject: ${error instanceof Error ? error.message : error}`);
      }
      console.log(`${name ?? app} is in ${target}. There: npm ci && npm test && npm run demo`);
    });
  await program.parseAsync();
}
