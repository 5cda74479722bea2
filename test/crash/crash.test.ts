import { expect, test } from "vitest";
import { everywhere } from "./everywhere.js";
import { failureText, summary } from "./report.js";

/** The same crashes each time; `npm run crash` has others. */
const seed = "npm test";

// How many there are is fixed. How long they take depends on the machine, and fails nothing.
test("more than 5,000 crashes change nothing that a caller or an upstream can see", { timeout: 900_000 }, async () => {
  const begun = performance.now();
  const failures: string[] = [];
  const reports = await everywhere("", { seed, form: "short" }, (report) => {
    failures.push(...report.failures.map((failure) => failureText(report, failure, seed)));
  });
  console.log(summary(reports, performance.now() - begun));
  expect(failures).toEqual([]);
  expect(reports.reduce((sum, { crashes }) => sum + crashes, 0)).toBeGreaterThan(5_000);
});
