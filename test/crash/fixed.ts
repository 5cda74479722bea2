import { everywhere } from "./everywhere.js";
import type { Order } from "./examine.js";
import { failureText, summary } from "./report.js";

/** The same crashes each time; `npm run crash` has others. */
const seed = "npm test";

/** Crashes all workers of a form. @param more what the printed summary ends with */
export async function crashed(form: Order["form"], more = ""): Promise<{ failures: string[]; crashes: number }> {
  const begun = performance.now();
  const failures: string[] = [];
  const reports = await everywhere("", { seed, form }, (report) => {
    failures.push(...report.failures.map((failure) => failureText(report, failure, seed)));
  });
  console.log(summary(reports, performance.now() - begun) + more);
  return { failures, crashes: reports.reduce((sum, { crashes }) => sum + crashes, 0) };
}
