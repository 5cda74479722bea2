import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { lintComponent } from "../src/build.js";
import { componentName } from "../src/component-name.js";
import { buildComponent } from "../src/index.js";
import { ephemeralIn } from "../src/manifest.js";
import { toText } from "../src/problem.js";

const component = (name: string) => join(import.meta.dirname, "components", name);
const within = (name: string, text = "") => text.replaceAll(`test/components/${name}/`, "");

test("a finding says where, what, what to do instead, and what shows it", { timeout: 30_000 }, async () => {
  const findings = await lintComponent({ dir: component("lint-warnings") });
  expect(within("lint-warnings", findings.map(toText).join("\n\n"))).toMatchInlineSnapshot(`
    "main.ts:3:15: warning: Date.now is called while the module loads: it is the time of the build, in every worker [top-level-effect]
      3 | const built = Date.now();
                        ^
    Move the call into an exported function: there its answer is on record. Golem 1.2.0 shows it: docs/conformance.md, noise.

    main.ts:13:7: warning: markEndOperation in finally closes the region before the error leaves the call: the failure is on record and is replayed, nothing is executed again [restore-on-failure]
      13 |       markEndOperation(begin);
                 ^
    Close the region on success only: atomically() of golem-retry, or retrying(), which is bounded. Golem 1.2.0 shows it: docs/conformance.md, region-finally.

    main.ts:14:7: warning: setRetryPolicy in finally runs before the error leaves the call, and Golem looks only then: the override has no effect [restore-on-failure]
      14 |       setRetryPolicy(old);
                 ^
    Put the old policy back on success only: withRetryPolicy() of golem-retry. Golem 1.2.0 shows it: docs/conformance.md, finally-restore."
  `);
});

test("warnings don't stop a build, and are said again while it is up to date", { timeout: 120_000 }, async () => {
  const dir = component("lint-warnings");
  await rm(join(dir, "dist"), { recursive: true, force: true });
  const { warnings } = await buildComponent({ dir });
  expect(warnings).toEqual(await lintComponent({ dir }));
  expect(warnings.map(({ rule }) => rule)).toEqual(["top-level-effect", "restore-on-failure", "restore-on-failure"]);
  expect(await buildComponent({ dir })).toMatchObject({ built: false, warnings });
});

test("a durable step in an ephemeral component stops a build", { timeout: 30_000 }, async () => {
  const error = await buildComponent({ dir: component("ephemeral-step") }).catch((thrown: Error) => thrown.message);
  const [first, second] = within("ephemeral-step", String(error)).split("\n\n");
  expect(first).toMatchInlineSnapshot(`
    "main.ts:2:23: error: retrying in an ephemeral component: Golem never recovers its workers, so nothing is executed again, and a caller gets no answer [step-in-ephemeral]
      2 | import { retryPolicy, retrying as step } from "golem-retry";
                                ^
    Delete "componentType: ephemeral" in golem.yaml:4, or do without retrying. Golem 1.2.0 shows it: docs/conformance.md, patient-ephemeral."
  `);
  expect(second).toMatch(/^main\.ts:9:18: error: attempt in an ephemeral component/);
});

test.each([
  ["of the component", "components: { a:b: { componentType: ephemeral } }", 1],
  ["of one of its profiles", "components:\n  a:b:\n    profiles:\n      debug:\n        componentType: ephemeral", 5],
  ["of its template", "templates: { t: { componentType: ephemeral } }\ncomponents: { a:b: { template: t } }", 1],
  [
    "of its template, but not its own",
    "templates: { t: { componentType: ephemeral } }\ncomponents: { a:b: { template: t, componentType: durable } }",
    0,
  ],
  ["of another component", "components: { a:c: { componentType: ephemeral } }", 0],
  ["of nobody", "includes: [apps/*/golem.yaml]", 0],
])("reads in a manifest the type %s", async (_, text, line) => {
  const dir = await mkdtemp(join(tmpdir(), "golem-component-"));
  try {
    await writeFile(join(dir, "golem.yaml"), text);
    const found = await ephemeralIn([join(dir, "golem.yaml")], "a:b");
    expect(found?.line ?? 0).toBe(line);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("a manifest that is no YAML is an error with its place", async () => {
  const dir = await mkdtemp(join(tmpdir(), "golem-component-"));
  try {
    const file = join(dir, "golem.yaml");
    await writeFile(file, "components:\n  a: [");
    await expect(ephemeralIn([file], "a:b")).rejects.toThrow(/golem\.yaml:2:\d+: no YAML: \w/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test.each([
  ["warnings are said, and that is all", {}, [], 0],
  ["on a build server warnings fail the build", { CI: "true" }, [], 1],
  ["--only-warn keeps a build server from that", { CI: "true" }, ["--only-warn"], 0],
  ["CI=false is no build server", { CI: "false" }, [], 0],
] as const)("on the command line: %s", { timeout: 120_000 }, async (_, env, flags, code) => {
  const root = join(import.meta.dirname, "../../..");
  const cli = join(root, "packages/component/dist/cli.js");
  const probe = join(root, "test/conformance/components/probe"); // the fixtures' build has made it, so it is up to date
  const { CI, ...around } = process.env;
  const args = [cli, "build", ...flags, probe];
  const ended = spawnSync(process.execPath, args, { env: { ...around, ...env }, encoding: "utf8" });
  expect(ended.stderr).toContain("[restore-on-failure]");
  expect(ended.stderr.includes("because CI is set")).toBe(code === 1);
  expect(ended.status).toBe(code);
});

test("a component is called as its package.json says, wherever its folder lies", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mine-"));
  try {
    expect(componentName(folder)).toBe(basename(folder));
    await writeFile(join(folder, "package.json"), "{}");
    expect(componentName(folder)).toBe(basename(folder));
    await writeFile(join(folder, "package.json"), '{"name":"@acme/orders"}');
    expect(componentName(folder)).toBe("orders");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("what cannot run stops a build before anything is bundled", { timeout: 30_000 }, async () => {
  const steps: string[] = [];
  const error = await buildComponent({ dir: component("lint-errors") }, (step) => steps.push(step)).catch(
    (thrown: Error) => thrown.message,
  );
  expect(steps).toEqual(["WIT and types", "type check"]);
  expect(within("lint-errors", String(error))).toMatchInlineSnapshot(`
    "main.ts:3:25: error: getRetryPolicy is called while the module loads, at build time: there is no host yet [top-level-effect]
      3 | const { maxAttempts } = getRetryPolicy();
                                  ^
    Move the call into an exported function.

    main.ts:4:15: warning: Date.now is called while the module loads: it is the time of the build, in every worker [top-level-effect]
      4 | const built = Date.now();
                        ^
    Move the call into an exported function: there its answer is on record. Golem 1.2.0 shows it: docs/conformance.md, noise."
  `);
});
