import { expect, test } from "vitest";
import { everywhere } from "./everywhere.js";
import { failureText, summary } from "./report.js";
import { sample, scenarios } from "./scenarios/index.js";

/** The same crashes each time. */
const seed = "npm test";

test("crashes after each kind of oplog entry change nothing that a caller or an upstream can see", {
  timeout: 600_000,
}, async () => {
  const begun = performance.now();
  const failures: string[] = [];
  const reports = await everywhere("", { seed, form: "sample" }, (report) => {
    failures.push(...report.failures.map((failure) => failureText(report, failure, seed)));
  });
  console.log(`${summary(reports, performance.now() - begun)}. All scenarios, after every entry: npm run crash`);
  expect(failures).toEqual([]);
  expect(reports.reduce((sum, { crashes }) => sum + crashes, 0)).toBeGreaterThan(300);
});

test("the sample has scenarios of every component", () => {
  const folders = (among: typeof scenarios) => [...new Set(among.map(({ component }) => component.folder))].sort();
  expect(folders(scenarios.filter(({ name }) => sample.includes(name)))).toEqual(folders(scenarios));
});
