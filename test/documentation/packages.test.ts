import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "./pages.js";
import { environment, run, serve } from "./run.js";

/** A package as it would be published: packed, and unpacked where its dependencies are found. */
interface Packed {
  name: string;
  tarball: Uint8Array;
  folder: string;
  manifest: {
    exports: Record<string, { types: string; default: string }>;
    imports?: Record<string, Record<string, string>>;
    bin?: Record<string, string>;
  };
  files: string[];
}

const names = readdirSync(join(root, "packages"));
const place = join(root, "test/.results/packed");
let packed: Map<string, Packed>;

beforeAll(() => {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const folders = names.map((name) => join(root, "packages", name));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", place, ...folders], { cwd: root, env: environment });
  packed = new Map(names.map((name) => [name, unpack(name)]));
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

function unpack(folderName: string): Packed {
  const { name, version } = JSON.parse(readFileSync(join(root, "packages", folderName, "package.json"), "utf8"));
  const file = join(place, `${name}-${version}.tgz`);
  const folder = join(place, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", file, "-C", folder, "--strip-components=1"]);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return { name, tarball: readFileSync(file), folder, manifest, files };
}

/** Files that are reached from what a package exports, or offers as a command. */
function reached({ folder, manifest }: Packed): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    const path = relative(folder, file);
    if (found.has(path) || !existsSync(file)) return;
    found.add(path);
    const text = readFileSync(file, "utf8");
    const specifiers = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    const urls = [...text.matchAll(/new URL\("(\.[^"]+)", import\.meta\.url\)|(?:src|href)="(\.[^"]+)"/g)];
    for (const specifier of [...specifiers, ...urls.map(([, url, link]) => (url ?? link) as string)]) {
      if (!specifier.startsWith(".") || specifier.endsWith("/")) continue;
      const target = resolve(dirname(file), specifier);
      visit(file.endsWith(".d.ts") ? target.replace(/\.js$/, ".d.ts") : target);
    }
  };
  const inComponents = ["dist/guest/check.js"]; // golem-component puts it into each component
  const entries = Object.values(manifest.exports).flatMap(({ types, default: js }) => [types, js]);
  const chosen = Object.values(manifest.imports ?? {}).flatMap(Object.values<string>); // by who loads it
  const bundled = ["dist/guest/thread.js"]; // of it minigolem's thread.bundle.cjs is made; what is in it alone is small
  const processes = ["bin/snapshot.js", "dist/build-process.js"]; // golem-component starts them by their path
  const pages = ["dist/web/index.html", "dist/web/playground.html"]; // golem-console serves them
  for (const entry of [
    ...entries,
    ...chosen,
    ...Object.values(manifest.bin ?? {}),
    ...bundled,
    ...inComponents,
    ...processes,
    ...pages,
  ])
    visit(join(folder, entry));
  return found;
}

describe.each(names)("packages/%s as it would be published", (name) => {
  const one = () => packed.get(name) as Packed;

  test("has nothing that is not needed", () => {
    const needed = reached(one());
    const code = (file: string) =>
      readFileSync(join(one().folder, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    // Each module has its declarations, public or not. Modules of types are empty, or are declared in public.
    const belongs = (file: string) =>
      /^(README\.md|package\.json|.*\.d\.ts)$/.test(file) ||
      code(file).trim() === "export {};" ||
      needed.has(file.replace(/\.js$/, ".d.ts"));
    expect(one().files.filter((file) => !needed.has(file) && !belongs(file))).toEqual([]);
  });

  test("publint has nothing to say", async () => {
    const { buffer } = one().tarball;
    const { messages, pkg } = await publint({ pack: { tarball: buffer as ArrayBuffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("its types are found from ES modules, and are what runs", async () => {
    const result = await checkPackage(createPackageFromTarballData(one().tarball));
    if (!result.types) throw new Error(`${one().name} has no types`);
    expect(Object.keys(result.entrypoints)).toEqual(Object.keys(one().manifest.exports));
    // CommonJS is not offered, nor what came before `exports`.
    const ours = result.problems.filter(
      (problem) => !/^node10$|^node16-cjs$/.test(String("resolutionKind" in problem && problem.resolutionKind)),
    );
    expect(ours).toEqual([]);
  }, 60_000);
});

test("each entry can be imported in Node, except those for components and tests", async () => {
  const elsewhere = ["golem-retry", "golem-testkit"];
  for (const { name, folder, manifest } of packed.values())
    for (const [path, { default: js }] of Object.entries(manifest.exports)) {
      if (elsewhere.includes(join(name, path))) continue;
      expect(Object.keys(await import(join(folder, js))), join(name, path)).not.toEqual([]);
    }
}, 60_000);

describe("commands, from the tarball", () => {
  const command = (name: string, bin: string) => {
    const { folder, manifest } = packed.get(name) as Packed;
    return join(folder, manifest.bin?.[bin] as string);
  };

  test("golem-component", async () => {
    expect(await run(`node "${command("component", "golem-component")}" --help`)).toContain("golem-component");
  }, 60_000);

  test("minigolem serves, and stops when it is told to", async () => {
    expect(await serve(process.execPath, command("minigolem", "minigolem"), "serve", "--router-port", "0")).toContain(
      "serves Golem 1.2's REST API",
    );
  }, 60_000);
});
