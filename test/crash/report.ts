import type { Failure, Report } from "./examine.js";

/** What went wrong, where, and how to see it again. */
export function failureText({ scenario }: Report, { difference, crashes }: Failure, seed: string): string {
  const last = crashes.at(-1);
  const where = last
    ? `after entry ${last.at}, ${last.entry}${crashes.length > 1 ? `, the last of ${crashes.length} crashes` : ""}`
    : "no crash";
  const at = crashes.map((crash) => `${crash.at}${crash.bare ? "~" : ""}`).join(",");
  return [
    `${scenario}, ${where} (seed ${seed}): ${difference}`,
    `  again: npm run crash -- --only ${scenario}${at === "" ? "" : ` --at ${at}`} --seed ${seed}`,
  ].join("\n");
}

/** One line about all of it. */
export function summary(reports: readonly Report[], milliseconds: number): string {
  const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0);
  const failed = sum(({ failures }) => failures.length);
  const outcome = failed === 0 ? "all survived" : `${failed} runs not as without a crash`;
  return `${sum((report) => report.crashes)} crashes in ${sum((report) => report.runs)} runs of ${reports.length} scenarios, ${outcome}; ${(milliseconds / 1000).toFixed(1)} s`;
}
