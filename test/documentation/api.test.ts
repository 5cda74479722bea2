import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entries, writeApi } from "./api.js";
import { brokenLinks, root } from "./pages.js";

const committed = join(root, "docs/api");
let fresh: string;
beforeAll(async () => {
  fresh = mkdtempSync(join(tmpdir(), "api-"));
  await writeApi(fresh);
}, 180_000);
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .sort();

test("docs/api has a page and a report for whatever can be imported", () => {
  expect(files(committed)).toEqual(files(fresh));
  const names = entries().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["golem-retry", "golem-retry/policy", "golem-testkit", "minigolem"]));
  expect(files(committed)).toEqual(["README.md", ...names.flatMap((name) => [`${name}.md`, `${name}.api.md`])].sort());
});

test.each(files(committed))("docs/api/%s is up to date (npm run docs)", (file) => {
  expect(readFileSync(join(committed, file), "utf8")).toBe(readFileSync(join(fresh, file), "utf8"));
});

test("links lead somewhere", () => {
  const pages = files(committed).map((file) => ({
    path: `docs/api/${file}`,
    text: readFileSync(join(committed, file), "utf8"),
  }));
  expect(pages.flatMap(brokenLinks)).toEqual([]);
});

test("each export has a docstring", () => {
  const silent = files(fresh).flatMap((file) =>
    [...readFileSync(join(fresh, file), "utf8").matchAll(/^\/\/ .*\(undocumented\)\n(export .*)$/gm)].map(
      ([, declaration]) => `${file}: ${declaration}`,
    ),
  );
  expect(silent).toEqual([]);
});
