import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pages, root, shownPictures } from "./pages.js";
import { pictures, writePictures } from "./pictures.js";
import { scenes } from "./scenes.js";

let fresh: string;
beforeAll(async () => {
  fresh = mkdtempSync(join(tmpdir(), "pictures-"));
  await writePictures(fresh);
}, 300_000);
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

test.each(scenes.flatMap(({ name }) => [`${name}-light.svg`, `${name}-dark.svg`]))(
  "docs/pictures/%s is what the run gives (npm run docs)",
  (file) => {
    expect(readFileSync(join(pictures, file), "utf8")).toBe(readFileSync(join(fresh, file), "utf8"));
  },
);

test("each picture is there, is shown somewhere, and is small", () => {
  const files = readdirSync(pictures).sort();
  expect(files).toEqual(readdirSync(fresh).sort());
  const shown = pages().flatMap(shownPictures);
  expect([...new Set(shown)].sort()).toEqual(files.map((file) => join(root, "docs/pictures", file)));
  for (const file of files) expect(readFileSync(join(pictures, file)).length, file).toBeLessThan(40_000);
});

test("each app shows its own", () => {
  const apps = pages().filter(({ path }) => path.startsWith("apps/"));
  expect(apps.filter((page) => shownPictures(page).length < 2).map(({ path }) => path)).toEqual([]);
});
