import { relative } from "node:path";
import type { Played } from "./play.js";

/** What the demos showed, and what to do next. */
export function summary(played: readonly Played[], from: string): string {
  const width = Math.max(...played.map(({ app }) => app.length));
  const lines = played.map(({ app, status, outcome }) => {
    const checks = outcome?.checks ?? [];
    const held = checks.filter(({ holds }) => holds).length;
    const mark = status === 0 ? "✓" : "✗";
    const result = outcome ? `${held} of ${checks.length} checks hold` : "it did not reach its end";
    const failed = checks.filter(({ holds }) => !holds).map(({ claim }) => `\n    ✗ ${claim}`);
    return `${mark} ${app.padEnd(width)}  ${result}${outcome ? `  ${relative(from, outcome.report)}` : ""}${failed.join("")}`;
  });
  const shown = played[0]?.app ?? "http-caller";
  return [
    `\n${played.length === 1 ? "One demo" : `${played.length} demos`}. Each report is a page with the pictures:\n`,
    ...lines,
    "\nWhat next:",
    `  apps/${shown}/src/main.ts             change the policy, then: npm run demo -- ${shown}`,
    `  npm run eject -- ${shown} ../mine     copy an app to a project of its own`,
    "  docs/README.md                           read how to control the retry policy",
  ].join("\n");
}
