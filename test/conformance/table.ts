import { differenceLine } from "./differ.ts";
import type { GroupedScenario } from "./record.ts";
import type { Results } from "./suite.ts";

/** Claims and verdicts as lines, the count last. */
export function table(scenarios: GroupedScenario[], results: Results): string {
  const ran = scenarios.filter(({ name }) => results.has(name));
  const width = Math.max(...ran.map(({ name }) => name.length));
  const rows = ran.map((scenario) => {
    const { wrong = [] } = results.get(scenario.name) ?? {};
    const verdict = wrong.length > 0 ? "differs" : "agrees ";
    const detail = wrong[0] ? `${differenceLine(wrong[0])}${more(wrong.length - 1)}` : scenario.claim;
    return `${scenario.name.padEnd(width)}  ${verdict}  ${detail}`;
  });
  const wrong = ran.filter(({ name }) => (results.get(name)?.wrong.length ?? 0) > 0);
  const notes = ran.flatMap(({ name, better }) => (better ? [`${name}: only if asked to; otherwise ${better}`] : []));
  return [...rows, "", ...notes, `agree ${ran.length - wrong.length} of ${ran.length}`].join("\n");
}

const more = (n: number) => (n > 0 ? ` (and ${n} more)` : "");
