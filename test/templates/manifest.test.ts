import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { conflicts, type Manifest, manifest } from "./manifest.js";

const root = join(import.meta.dirname, "../..");
const apps = (await readdir(join(root, "apps"))).map((app) => `apps/${app}/golem.yaml`);
const read = async (file: string): Promise<unknown> => parse(await readFile(join(root, file), "utf8"));

describe("our manifests", () => {
  test.each(["golem.yaml", ...apps])("%s is an application manifest 1.1.1", async (file) => {
    const { success, error } = manifest.safeParse(await read(file));
    expect(success, error?.message).toBe(true);
    expect(await readFile(join(root, file), "utf8")).toContain("/golem/1.1.1/golem.schema.json");
  });

  test("are one application together: the root's and all that it includes", async () => {
    const all = await Promise.all(["golem.yaml", ...apps].map(async (file) => [file, await read(file)] as const));
    expect(conflicts(Object.fromEntries(all) as Record<string, Manifest>)).toEqual([]);
    expect(await read("golem.yaml")).toMatchObject({ includes: ["apps/*/golem.yaml"], witDeps: ["wit/deps"] });
  });

  test.each(apps)("%s names what is there, and what golem-component makes", async (file) => {
    const app = basename(dirname(file));
    const { components = {} } = (await read(file)) as Manifest;
    expect(Object.keys(components)).toEqual([`demo:${app}`]);
    for (const { sourceWit, componentWasm, build = [] } of Object.values(components)) {
      expect(existsSync(join(root, "apps", app, sourceWit as string, "main.wit"))).toBe(true);
      expect(componentWasm).toBe(`dist/${app}.wasm`);
      expect(build.flatMap(({ targets }) => targets)).toContain(componentWasm);
      for (const source of build.flatMap(({ sources = [] }) => sources))
        expect(existsSync(join(root, "apps", app, source)), source).toBe(true);
    }
  });
});

describe("a manifest", () => {
  const component = { sourceWit: "wit", generatedWit: "dist/wit", componentWasm: "dist/a.wasm" };

  test.each<[string, unknown]>([
    ["with a template", { templates: { ts: component }, components: { "demo:a": { template: "ts" } } }],
    ["with profiles", { components: { "demo:a": { profiles: { debug: component }, defaultProfile: "debug" } } }],
    ["with a component of each type", { components: { "demo:a": { ...component, componentType: "ephemeral" } } }],
    ["with a dependency", { dependencies: { "demo:a": [{ type: "wasm-rpc", target: "demo:b" }] } }],
  ])("%s is one", (_, found) => {
    expect(manifest.safeParse(found).success).toBe(true);
  });

  test.each<[string, unknown]>([
    ["an unknown key", { include: ["apps/*/golem.yaml"] }],
    ["an unknown key of a component", { components: { "demo:a": { ...component, env: {} } } }],
    ["a component without WIT", { components: { "demo:a": { ...component, sourceWit: undefined } } }],
    ["a profile without WIT", { components: { "demo:a": { profiles: { debug: {} }, defaultProfile: "debug" } } }],
    ["profiles without a default", { components: { "demo:a": { profiles: { debug: component } } } }],
    ["a command that golem-cli has", { components: { "demo:a": { ...component, customCommands: { build: [] } } } }],
    ["a build that says nothing", { components: { "demo:a": { ...component, build: [{ sources: ["src"] }] } } }],
    [
      "a source that is no list",
      { components: { "demo:a": { ...component, build: [{ command: "x", sources: "src" }] } } },
    ],
  ])("with %s is none", (_, found) => {
    expect(manifest.safeParse(found).success).toBe(false);
  });

  test("cannot say again what another says, nor use a template that none has", () => {
    const one = { tempDir: "dist", components: { "demo:a": component } };
    expect(conflicts({ one, two: { witDeps: ["wit/deps"] } })).toEqual([]);
    expect(conflicts({ one, two: one })).toEqual([
      "tempDir is in one and two: golem-cli takes it from one",
      "components: demo:a is in one and two: golem-cli takes it from one",
    ]);
    expect(conflicts({ one: { components: { "demo:a": { template: "ts" } } } })).toEqual([
      "one: demo:a is of template ts, which there is none of",
    ]);
  });
});
