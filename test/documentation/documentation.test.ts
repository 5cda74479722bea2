import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readingOrder, withNeighbours } from "./guide.js";
import { brokenLinks, claims, fences, pages, root, typeErrors, unknownScripts, withClaims } from "./pages.js";
import { run } from "./run.js";

const all = pages();
const guide = all.filter(({ path }) => /^docs\/(\d|from)/.test(path));
const scripts = ["package.json", "test/package.json", "apps/http-caller/package.json"].flatMap((file) =>
  Object.keys(JSON.parse(readFileSync(join(root, file), "utf8")).scripts),
);

test("links lead somewhere", () => {
  expect(all.flatMap(brokenLinks)).toEqual([]);
});

test("each claim is a recorded scenario, and each page of the guide has one", () => {
  const missing = all.flatMap((page) =>
    claims(page).flatMap((name) =>
      existsSync(join(root, "test/conformance/recordings", `${name}.json`)) ? [] : [`${page.path}: ${name}`],
    ),
  );
  expect(missing).toEqual([]);
  expect(guide.filter((page) => claims(page).length === 0)).toEqual([]);
});

test("each mark is a link to its claim (npm run docs)", () => {
  expect(all.filter((page) => withClaims(page) !== page.text).map(({ path }) => path)).toEqual([]);
});

test("npm run recording lists the recordings, and says so where it is given another name", async () => {
  const names = readdirSync(join(root, "test/conformance/recordings")).map((file) => file.replace(/\.json$/, ""));
  const listed = await run("npm run --silent recording");
  expect([...listed.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, name]) => name).sort()).toEqual(names.sort());
  expect(await run("npm run --silent recording finaly-restore", { fails: true })).toMatch(
    /no recording "finaly-restore".*npm run recording/,
  );
}, 60_000);

test("the guide leads from its first page to its last, and back (npm run docs)", () => {
  expect(all.filter((page) => withNeighbours(page, all) !== page.text).map(({ path }) => path)).toEqual([]);
  const index = all.find(({ path }) => path === "docs/README.md") as (typeof all)[0];
  expect(readingOrder(index).sort()).toEqual(guide.map(({ path }) => path.slice(5)).sort());
});

test("each command on a page is a script", () => {
  expect(all.flatMap((page) => unknownScripts(page, scripts))).toEqual([]);
});

test("TypeScript is right, of the guide and of the packages", () => {
  const pages = all.filter(({ path }) => /^(docs|packages)\//.test(path));
  const typescript = pages
    .flatMap(fences)
    .filter(({ language, code }) => language === "ts" && code.includes("import "));
  expect(typescript.length).toBeGreaterThan(8);
  expect(typeErrors(typescript)).toEqual([]);
}, 120_000);

test("the README shows the source as it is", () => {
  const [readme] = all;
  const shown = fences(readme as (typeof all)[0]).find(({ language }) => language === "ts")?.code ?? "";
  const source = readFileSync(join(root, "apps/http-caller/src/main.ts"), "utf8");
  for (const line of shown.split("\n")) if (line.trim() !== "};") expect(source).toContain(line);
});

describe("the checks find what is wrong", () => {
  const page = (text: string) => ({ path: "docs/x.md", text });
  test("a link, a script, a claim", () => {
    expect(brokenLinks(page("[a](nowhere.md) [b](README.md) [c](https://example.org)"))).toEqual([
      "docs/x.md: nowhere.md",
    ]);
    expect(unknownScripts(page("`npm run demo`, `npm run dmeo`"), ["demo"])).toEqual(["docs/x.md: npm run dmeo"]);
    expect(brokenLinks(page("# A title\n[a](#a-title) [b](#another) [c](README.md#nowhere)\n[d]: none.md\n"))).toEqual([
      "docs/x.md: #another",
      "docs/x.md: README.md#nowhere",
      "docs/x.md: none.md",
    ]);
    const marked = page("so it is ([finally-restore]), [a](b.md), `[not-this]`.\n```sh\n[nor-this]\n```\n");
    expect(claims(marked)).toEqual(["finally-restore"]);
    expect(withClaims(marked)).toBe(`${marked.text}\n[finally-restore]: conformance.md#finally-restore\n`);
    const neighbours = ["README", "1-a", "2-b", "from-golem-documentation"].map((name) => ({
      path: `docs/${name}.md`,
      text: name === "README" ? "1. [A](1-a.md)\n2. [B](2-b.md)\n" : `# ${name}\n\n[c]: d\n`,
    }));
    const second = withNeighbours(neighbours[2] as (typeof neighbours)[0], neighbours);
    expect(second).toBe(
      "# 2-b\n\n---\n\nGuide: previous page: [1-a](1-a.md) · next page: [from-golem-documentation](from-golem-documentation.md) · [all pages](README.md)\n\n[c]: d\n",
    );
    expect(withNeighbours({ path: "docs/2-b.md", text: second }, neighbours)).toBe(second);
    expect(withClaims(page(withClaims(marked)))).toBe(withClaims(marked));
  });
  test("a type error, with the page's line", () => {
    const wrong = fences(
      page('text\n\n```ts\nimport { retryPolicy } from "golem-retry/policy";\nretryPolicy({ retries: "5" });\n```\n'),
    );
    expect(typeErrors(wrong)).toEqual([expect.stringMatching(/^docs\/x\.md:5: /)]);
  }, 60_000);
});
