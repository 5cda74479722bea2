import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { expect, type TestContext } from "vitest";
import { parse } from "yaml";
import { unknownScripts } from "../documentation/pages.ts";
import { eject } from "../eject.ts";
import { appFiles } from "../templates/copy-app.ts";
import { manifest } from "../templates/manifest.ts";

export const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Folders of ejected projects, side by side: one installation serves those with the same dependencies. */
export const newPlace = () => mkdtemp(join(tmpdir(), "ejected-"));
export const removePlace = (place: string) => rm(place, { recursive: true, force: true });

/** Ejects an app under a name, installs and builds it, runs its tests, and its demo if that is asked for. */
export async function checkProject(
  place: string,
  app: string,
  name: string,
  skip: TestContext["skip"],
  { withDemo = false } = {},
): Promise<void> {
  const folder = join(place, `${app}-ejected`);
  const reached = await unlessUnreachable(() => eject(app, folder, name));
  if (reached) skip(reached);

  const config = manifest.parse(parse(await readFile(join(folder, "golem.yaml"), "utf8")));
  expect(config).toMatchObject({ witDeps: ["wit/deps"], components: { [`demo:${name}`]: {} } });
  const { scripts } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const readme = { path: "README.md", text: await readFile(join(folder, "README.md"), "utf8") };
  expect(unknownScripts(readme, Object.keys(scripts))).toEqual([]);
  for (const file of await appFiles(folder)) {
    if (file.startsWith("vendor/")) continue;
    const text = await readFile(join(folder, file), "utf8");
    for (const foreign of [root, "turbo", "../..", ...(name === app ? [] : [app])])
      expect(file + text, file).not.toContain(foreign);
    if (file === "package-lock.json") expect(text).not.toMatch(/"resolved": "(?!file:vendor\/)/);
  }

  const unreachable = await unlessUnreachable(() => install(folder));
  if (unreachable) skip(unreachable);
  const tests = await npm(folder, "test");
  expect(tests).toMatch(/Tests {2}\d+ passed \(\d+\)/);
  if (withDemo) await npm(folder, "run", "demo"); // fails if what it shows is not so
  expect(await readdir(join(folder, "dist"))).toContain(`${name}.wasm`);
}

let installed: { folder: string; lock: unknown } | undefined;

/** `npm ci`; or what it installed for the project before, when the two lock files differ in nothing but the project's own entry. */
async function install(folder: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  const { "": own, ...lock } = packages;
  if (isDeepStrictEqual(lock, installed?.lock))
    await rename(join(installed?.folder as string, "node_modules"), join(folder, "node_modules"));
  else await npm(folder, "ci");
  installed = { folder, lock };
}

/** npm as somebody would call it who has nothing but this folder. */
async function npm(folder: string, ...args: string[]): Promise<string> {
  const ours =
    /^(npm_package_|npm_lifecycle_|npm_config_local_prefix$|npm_command$|INIT_CWD$|VITEST|NODE_ENV$|TEST$|FORCE_COLOR$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !ours.test(key)));
  const options = { cwd: folder, env: { ...env, NO_COLOR: "1" }, maxBuffer: 64 << 20 };
  const { stdout } = await run("npm", args, options).catch((error) => {
    throw new Error(`npm ${args.join(" ")} in ${folder}:\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

/** Why nothing can be installed here; undefined when it can. */
async function unlessUnreachable(install: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await install();
  } catch (error) {
    if (!/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(String(error))) throw error;
    const why = "NOT TESTED: the npm registry cannot be reached, so no project can be installed";
    console.error(why);
    return why;
  }
}
