import { expect, test } from "vitest";
import { crashed } from "./fixed.js";
import { sample, scenarios } from "./scenarios/index.js";

test("crashes after each kind of oplog entry change nothing that a caller or an upstream can see", {
  timeout: 600_000,
}, async () => {
  const { failures, crashes } = await crashed("sample", ". All scenarios, after every entry: npm run crash");
  expect(failures).toEqual([]);
  expect(crashes).toBeGreaterThan(300);
});

test("the sample has scenarios of every component", () => {
  const folders = (among: typeof scenarios) => [...new Set(among.map(({ component }) => component.folder))].sort();
  expect(folders(scenarios.filter(({ name }) => sample.includes(name)))).toEqual(folders(scenarios));
});
