import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { eject } from "../eject.js";
import { newApp } from "../new-app.js";
import { appFiles } from "./copy-app.js";
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
    expect(() => assertName("minigolem", ["minigolem"])).toThrow(/depends on a package of that name/);
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
  expect(standaloneReadme("```sh\ncd apps/my-app\nnpm test\n```\n")).toBe("```sh\nnpm test\n```\n");
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
    ["a name that it depends on", "http-caller", "vitest", /depends on a package of that name/],
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

test("a new app passes the gate as its template does, under its own name", async () => {
  const apps = join(place, "apps");
  await mkdir(apps);
  await newApp("my-app", apps);
  const folder = join(apps, "my-app");
  const texts = (await appFiles(folder)).map(
    async (file) => [file, await readFile(join(folder, file), "utf8")] as const,
  );
  const files = Object.fromEntries(await Promise.all(texts));
  for (const [name, rule] of Object.entries(rules)) expect(rule({ name: "my-app", files }), name).toEqual([]);
  for (const [file, text] of Object.entries(files)) expect(file + text).not.toContain("http-caller");

  await expect(newApp("my-app", apps)).rejects.toThrow(/is there already/);
  await expect(newApp("My App", apps)).rejects.toThrow(/cannot name an app/);
  expect(await readdir(apps)).toEqual(["my-app"]);
});
