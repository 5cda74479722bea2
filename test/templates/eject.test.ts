import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startMinigolem } from "minigolem";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { masked } from "../documentation/examples.js";
import { fences, unknownScripts } from "../documentation/pages.js";
import { run } from "../documentation/run.js";
import { eject } from "../eject.js";
import { newApp } from "../new-app.js";
import { appFiles, copyApp } from "./copy-app.js";
import { rules } from "./gate.js";
import { withEveryPlatform } from "./lock.js";
import { assertName, renamed } from "./name.js";
import { standaloneReadme } from "./readme.js";

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "eject-"));
});
afterAll(() => rm(place, { recursive: true, force: true }));

describe("a name", () => {
  test.each(["my-app", "app2", "a"])("can be %s", (name) => expect(() => assertName(name)).not.toThrow());

  test.each(["My-app", "my_app", "my--app", "-app", "2app", "my-2", "", "../app", "demo:app"])("cannot be %o", (name) =>
    expect(() => assertName(name)).toThrow(/begin with a letter/),
  );

  test("cannot be a keyword of WIT, nor the name of a package that the app has", () => {
    expect(() => assertName("record")).toThrow(/keyword of WIT/);
    expect(() => assertName("minigolem", ["minigolem"])).toThrow(/a package or a module of that name is in use/);
  });
});

test("an app's name is exchanged where it is the app's, and left where it is a word", () => {
  const to = (text: string) => renamed(text, "poller", "my-app");
  expect(to("package demo:poller;\nworld poller {")).toBe("package demo:my-app;\nworld my-app {");
  expect(to('import("demo:poller-exports/api")')).toBe('import("demo:my-app-exports/api")');
  expect(to('golem.worker("poller", env)')).toBe('golem.worker("my-app", env)');
  expect(to("dist/poller.wasm dist/poller-linked.wasm `poller`")).toBe(
    "dist/my-app.wasm dist/my-app-linked.wasm `my-app`",
  );
  expect(to("# poller\n\nThe poller asks.")).toBe("# my-app\n\nThe poller asks.");
  expect(to("poller: waits\npoller/poller-365f3ad7")).toBe("my-app: waits\nmy-app/my-app-365f3ad7");
  expect(to("npm run demo -w poller")).toBe("npm run demo -w my-app");
  expect(renamed("the http-caller asks (http-caller-365f3ad7)", "http-caller", "a")).toBe("the a asks (a-365f3ad7)");
  for (const text of ["const poller = 1;", "demo:poller-two", "/pollers", '"poller-a"']) expect(to(text)).toBe(text);
});

test("a README of its own links to nothing that stayed behind", () => {
  expect(standaloneReadme("See [retries](../../docs/a.md) and [WIT](wit/main.wit).\n")).toBe(
    "See retries and [WIT](wit/main.wit).\n",
  );
  expect(standaloneReadme("`npm run demo -w my-app` shows it\n")).toBe("`npm run demo` shows it\n");
  expect(
    standaloneReadme(
      "`npm run eject -- a ../mine` copies this app into a project of its own. Start there with one of these:\n\n- it\n",
    ),
  ).toBe("Start with one of these:\n\n- it\n");
  expect(standaloneReadme("```sh\ncd apps/my-app\nnpm test\n```\n")).toBe("```sh\nnpm test\n```\n");
});

test("an ejected README names only commands that exist", async () => {
  const apps = join(import.meta.dirname, "../../apps");
  for (const app of await readdir(apps)) {
    const text = standaloneReadme(await readFile(join(apps, app, "README.md"), "utf8"));
    expect(unknownScripts({ path: app, text }, ["demo"])).toEqual([]);
  }
});

test("a lock file gets an entry for each platform that it lacks, and keeps those it has", () => {
  const optionalDependencies = { "@a/linux-x64-musl": "1.0.0", "@a/darwin-arm64": "1.0.0", here: "1.0.0" };
  const packages = { "node_modules/a": { dev: true as const, optionalDependencies }, "node_modules/here": {} };
  expect(withEveryPlatform({ packages }).packages).toEqual({
    ...packages,
    "node_modules/@a/linux-x64-musl": {
      version: "1.0.0",
      dev: true,
      optional: true,
      os: ["linux"],
      cpu: ["x64"],
      libc: ["musl"],
    },
    "node_modules/@a/darwin-arm64": { version: "1.0.0", dev: true, optional: true, os: ["darwin"], cpu: ["arm64"] },
  });
});

describe("a project that cannot be written leaves nothing behind", () => {
  test("when the folder is not empty", async () => {
    const folder = join(place, "full");
    await mkdir(folder);
    await writeFile(join(folder, "mine.txt"), "");
    await expect(eject("http-caller", folder)).rejects.toThrow(/is not empty/);
    expect(await readdir(folder)).toEqual(["mine.txt"]);
  });

  test("when it is a file", async () => {
    await writeFile(join(place, "file"), "mine");
    await expect(eject("http-caller", join(place, "file"))).rejects.toThrow(/cannot be written to/);
    expect(await readFile(join(place, "file"), "utf8")).toBe("mine");
  });

  test.each([
    ["no such app", "https-caller", undefined, /there is no app "https-caller"; there are .*http-caller/],
    ["a path as app", "../packages/retry", undefined, /there is no app/],
    ["a name that cannot be", "http-caller", "world", /keyword of WIT/],
    ["a name that it depends on", "http-caller", "vitest", /a package or a module of that name is in use/],
  ])("when there is %s", async (_, app, name, complaint) => {
    await expect(eject(app, join(place, "none"), name)).rejects.toThrow(complaint);
    expect(existsSync(join(place, "none"))).toBe(false);
  });

  test("when it fails half-way, and folders above it that it made", async () => {
    const before = await readdir(place);
    vi.stubEnv("PATH", "");
    await expect(eject("http-caller", join(place, "a/b/c"))).rejects.toThrow(/npm/);
    vi.unstubAllEnvs();
    expect(await readdir(place)).toEqual(before);
  });
});

describe("a new app", () => {
  const repository = join(import.meta.dirname, "../..");
  let root: string;
  let lock: string;
  beforeAll(async () => {
    // A repository of workspaces alone, so that npm needs no registry.
    root = await mkdtemp(join(place, "repository-"));
    await mkdir(join(root, "apps"));
    const names = ["golem-retry", "golem-component", "golem-testkit", "minigolem"];
    for (const [folder, name] of [
      ["", "the-repository"],
      ...names.map((each) => [`packages/${each}`, each]),
    ] as const) {
      await mkdir(join(root, folder), { recursive: true });
      const manifest = { name, version: "1.0.0", ...(folder === "" && { workspaces: ["packages/*", "apps/*"] }) };
      await writeFile(join(root, folder, "package.json"), JSON.stringify(manifest));
    }
    await promisify(execFile)("npm", ["install"], { cwd: root });
    lock = await readFile(join(root, "package-lock.json"), "utf8");
  });
  const state = async () => ({
    apps: await readdir(join(root, "apps")),
    modules: (await readdir(join(root, "node_modules"))).filter((name) => !name.startsWith(".")).sort(),
    lock: await readFile(join(root, "package-lock.json"), "utf8"),
  });

  test.each([
    ["minigolem", /"minigolem" cannot name an app: a package or a module of that name is in use/],
    ["the-repository", /is in use/],
    ["http", /is in use/],
    ["world", /keyword of WIT/],
    ["My App", /cannot name an app/],
    ["../packages/x", /cannot name an app/],
  ])("cannot be called %o, and nothing is written", async (name, complaint) => {
    const before = await state();
    await expect(newApp(name, root)).rejects.toThrow(complaint);
    expect(await state()).toEqual(before);
  });

  test("leaves nothing behind when npm fails", async () => {
    const before = await state();
    vi.stubEnv("PATH", "");
    await expect(newApp("my-other-app", root)).rejects.toThrow(/npm/);
    vi.unstubAllEnvs();
    expect(await state()).toEqual(before);
  });

  test("passes the gate, is a workspace, and cannot be made twice", async () => {
    await newApp("my-other-app", root);
    const folder = join(root, "apps/my-other-app");
    const texts = (await appFiles(folder)).map(
      async (file) => [file, await readFile(join(folder, file), "utf8")] as const,
    );
    const files = Object.fromEntries(await Promise.all(texts));
    for (const [name, rule] of Object.entries(rules)) expect(rule({ name: "my-other-app", files }), name).toEqual([]);
    for (const [file, text] of Object.entries(files)) expect(file + text).not.toMatch(/http-caller|my-app/);
    expect((await state()).modules).toContain("my-other-app");
    expect((await state()).lock).not.toBe(lock);
    await expect(newApp("my-other-app", root)).rejects.toThrow(/is there already/);
    expect(await readdir(join(root, "apps"))).toEqual(["my-other-app"]);
  });

  test("passes its test, and its demo shows what its README says", { timeout: 900_000 }, async () => {
    const results = join(repository, "test/.results");
    await mkdir(results, { recursive: true });
    const within = await mkdtemp(join(results, "new-app-")); // its imports must be found
    await using golem = await startMinigolem({ time: "virtual", onHazard: () => {} });
    try {
      const folder = join(within, "apps/my-app");
      await copyApp(join(import.meta.dirname, "my-app"), folder, "my-app");
      await cp(join(import.meta.dirname, "my-app/dist"), join(folder, "dist"), { recursive: true });
      await cp(join(repository, "tsconfig.base.json"), join(within, "tsconfig.base.json"));
      await writeFile(join(folder, "vitest.config.ts"), "export default {};"); // not that of a folder above
      expect(await run("vitest run", { cwd: folder, env: { CI: "true" } })).toMatch(/Tests {2}1 passed/);
      const printed = await run("tsx demo.ts", { cwd: folder, env: { GOLEM_URL: golem.url } });
      const readme = { path: "README.md", text: await readFile(join(folder, "README.md"), "utf8") };
      const shown = fences(readme).find(({ language }) => language === "text");
      expect(masked(printed)).toContain(masked(shown?.code ?? "nothing is shown"));
      expect(printed).toMatch(/✓ the answer came\n✓ its own policy decided/);
    } finally {
      await rm(within, { recursive: true });
    }
  });
});
