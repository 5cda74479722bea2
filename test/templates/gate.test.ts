import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { appFiles } from "./copy-app.js";
import { type App, alone, golden, named, type Rule, readme, rules, short, tested } from "./gate.js";

const root = join(import.meta.dirname, "../..");

async function readApp(name: string): Promise<App> {
  const folder = join(root, "apps", name);
  const files = await appFiles(folder);
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join(folder, file), "utf8")] as const),
  );
  return { name, files: Object.fromEntries(texts) };
}

describe.each(await readdir(join(root, "apps")))("app %s", async (name) => {
  const app = await readApp(name);
  test.each(Object.keys(rules))("has what it must have: %s", (rule) => {
    expect((rules[rule] as Rule)(app)).toEqual([]);
  });
});

const good: App = {
  name: "my-app",
  files: {
    "README.md":
      "# my-app\n\n## Idea\nOnce.\n## Run\n```sh\n## not a heading\nnpm test\n```\n## Expected output\n```\nok\n```\n## What to observe\nIt.\n## Make it yours\nDo.\n",
    "wit/main.wit": "package demo:my-app;\n\nworld my-app {\n}\n",
    "golem.yaml": "components:\n  demo:my-app:\n    sourceWit: wit\n",
    "package.json":
      '{\n  "name": "my-app",\n  "version": "0.1.0",\n  "scripts": { "test": "vitest run --update=none" }\n}\n',
    "demo.ts": 'import { demo } from "golem-testkit/demo";\n\nawait demo("my-app", {}, async () => {});\n',
    "src/main.ts": 'export const api: Guest<typeof import("demo:my-app-exports/api")> = {};\n',
    "test/my-app.test.ts":
      'test("retries", async () => {\n  expect(upstream.requests("/")).toHaveLength(2);\n  expect(await worker.oplog()).toHaveRetriedWith(p);\n  expect(await worker.oplog()).toEndUnder(q);\n  await expect(text).toMatchFileSnapshot("golden/retries.txt");\n});\n',
    "test/golden/retries.txt": "00001 CREATE\n",
  },
};

/** The good app with some of its files changed, or left out. */
function changed(changes: Record<string, ((text: string) => string) | undefined>): App {
  const files = { ...good.files };
  for (const [path, change] of Object.entries(changes)) {
    if (change) files[path] = change(files[path] ?? "");
    else delete files[path];
  }
  return { name: good.name, files };
}

const test1 = "test/my-app.test.ts";
const cut = (part: string) => (text: string) => text.replace(part, "");

test("a good app passes every rule", () => {
  for (const [name, rule] of Object.entries(rules)) expect(rule(good), name).toEqual([]);
});

test.each<[string, Rule, App, RegExp]>([
  ["no README", readme, changed({ "README.md": undefined }), /README.md is missing/],
  ["another title", readme, changed({ "README.md": (text) => text.replace("# my-app", "# other") }), /begins with/],
  ["a section less", readme, changed({ "README.md": cut("## Idea\nOnce.\n") }), /nothing under "## Idea"/],
  ["an empty section", readme, changed({ "README.md": cut("Do.") }), /nothing under "## Make it yours"/],
  ["nothing to run", readme, changed({ "README.md": cut("```sh\n## not a heading\nnpm test\n```") }), /"## Run"/],
  ["prose as output", readme, changed({ "README.md": cut("```\nok\n```") }), /"## Expected output"/],
  [
    "sections in another order",
    readme,
    changed({ "README.md": (text) => `${text.replace("## Idea\nOnce.\n", "")}## Idea\nOnce.\n` }),
    /in the order Idea, Run/,
  ],
  ["no WIT", named, changed({ "wit/main.wit": undefined }), /wit\/main.wit is missing/],
  [
    "another WIT package",
    named,
    changed({ "wit/main.wit": (wit) => wit.replace(":my-app", ":other") }),
    /package demo/,
  ],
  ["another world", named, changed({ "wit/main.wit": (wit) => wit.replace("world my-app", "world app") }), /world/],
  ["no manifest", named, changed({ "golem.yaml": undefined }), /golem.yaml is missing/],
  ["another component", named, changed({ "golem.yaml": (yaml) => yaml.replace("my-app", "app") }), /a component/],
  ["no demo", named, changed({ "demo.ts": undefined }), /demo.ts is missing/],
  ["a demo that shows nothing", named, changed({ "demo.ts": () => "// await demo()" }), /demo.ts has no/],
  ["no test", tested, changed({ [test1]: undefined }), /there is no test/],
  ["a test that counts nothing", tested, changed({ [test1]: cut("upstream.requests") }), /of requests/],
  ["a test that reads no waits", tested, changed({ [test1]: cut(".toHaveRetriedWith(p)") }), /of toHaveRetriedWith/],
  [
    "an assertion in a comment",
    tested,
    changed({ [test1]: (text) => text.replace(".toEndUnder", "; //") }),
    /toEndUnder/,
  ],
  ["a test that is skipped", tested, changed({ [test1]: (text) => text.replace("test(", "test.skip(") }), /toEndUnder/],
  [
    "requests that are counted and not compared",
    tested,
    changed({ [test1]: (text) => text.replace(/expect\((upstream\.requests\("\/"\))\)\.toHaveLength\(2\)/, "$1") }),
    /of requests/,
  ],
  [
    "an expectation that is none",
    tested,
    changed({ [test1]: (text) => text.replace(/(upstream\.requests\("\/"\)\))\.toHaveLength\(2\)/, "$1") }),
    /of requests/,
  ],
  [
    "a golden oplog that is not there",
    golden,
    changed({ [test1]: (text) => text.replace("golden/retries.txt", "golden/other.txt") }),
    /other.txt is missing/,
  ],
  [
    "golden oplogs that are written anew",
    golden,
    changed({ "package.json": cut(" --update=none") }),
    /no test script "vitest run --update=none"/,
  ],
  ["no golden oplog", golden, changed({ "test/golden/retries.txt": undefined }), /no golden oplog/],
  ["an empty golden oplog", golden, changed({ "test/golden/retries.txt": () => "\n" }), /is empty/],
  ["a golden oplog that none compares", golden, changed({ "test/golden/old.txt": () => "00001" }), /no test compares/],
  ["81 lines", short, changed({ "src/main.ts": () => "x;\n".repeat(81) }), /81 lines: 80 at most/],
  ["81 lines in two files", short, changed({ "src/more.ts": () => "x;\n".repeat(80) }), /81 lines/],
  ["an import from outside", alone, changed({ "demo.ts": () => 'import "../other/src/main.js";' }), /demo.ts imports/],
  ["a test's import from outside", alone, changed({ [test1]: () => 'import "../../a.js";' }), /my-app.test.ts imports/],
])("an app with %s is refused", (_, rule, app, complaint) => {
  expect(rule(app).join("\n")).toMatch(complaint);
});

test("80 lines are not too many, and a neighbour's file is the app's own", () => {
  expect(short(changed({ "src/main.ts": () => "x;\n".repeat(80) }))).toEqual([]);
  expect(alone(changed({ [test1]: () => 'import "../src/policy.js";\nimport "golem:api/host@1.1.0";' }))).toEqual([]);
});
