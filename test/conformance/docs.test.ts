import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { docsFile, markdown } from "./docs.ts";
import { scenarios } from "./scenarios/index.ts";

test("docs/conformance.md is up to date (npm run docs)", () => {
  expect(readFileSync(docsFile, "utf8")).toBe(markdown());
});

test("each recording has its scenario, and each scenario its recording", () => {
  const files = readdirSync(new URL("./recordings", import.meta.url)).filter((file) => file.endsWith(".json"));
  expect(scenarios.map(({ name }) => `${name}.json`).sort()).toEqual(files.sort());
});

test("each scenario claims something in one sentence", () => {
  for (const { name, claim } of scenarios) expect(claim, name).toMatch(/^([A-Z]|set-|max-).*\.$/);
});
