import { differenceLine } from "./compare.ts";
import type { GroupedScenario } from "./record.ts";
import type { Results } from "./suite.ts";

/** Claims and verdicts as lines, the count last. */
export function table(scenarios: GroupedScenario[], results: Results): string {
  const ran = scenarios.filter(({ name }) => results.has(name));
  const width = Math.max(...ran.map(({ name }) => name.length));
  const rows = ran.map((scenario) => {
    const { wrong = [] } = results.get(scenario.name) ?? {};
    const verdict = wrong.length > 0 ? "differs" : scenario.differs ? "better " : "agrees ";
    const detail = wrong[0] ? `${differenceLine(wrong[0])}${more(wrong.length - 1)}` : scenario.claim;
    return `${scenario.name.padEnd(width)}  ${verdict}  ${detail}`;
  });
  const wrong = ran.filter(({ name }) => (results.get(name)?.wrong.length ?? 0) > 0);
  const better = ran.filter((scenario) => scenario.differs && !wrong.includes(scenario));
  const agree = ran.length - wrong.length - better.length;
  const notes = better.map(({ name, differs }) => `${name}: ${differs?.because}`);
  return [...rows, "", ...notes, `agree ${agree} of ${ran.length}${remark(better.length, wrong.length)}`].join("\n");
}

const more = (n: number) => (n > 0 ? ` (and ${n} more)` : "");

function remark(better: number, wrong: number): string {
  const parts = [better > 0 && `${better} better on purpose`, wrong > 0 && `${wrong} differ`].filter(Boolean);
  return parts.length > 0 ? `, ${parts.join(", ")}` : "";
}
