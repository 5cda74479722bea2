import { recorded } from "./goldens.ts";
import { masks } from "./masks.ts";
import type { Recording } from "./recording.ts";
import type { Scenario } from "./scenario.ts";
import { groups } from "./scenarios/index.ts";

export const docsFile = new URL("../../docs/conformance.md", import.meta.url);

const count = Object.values(groups).flat().length;

const head = `# What Golem 1.2.0 does, and minigolem with it

Made by \`npm run docs\` from test/conformance; a test checks that it is up to date.

Each line is a claim about Golem. It was recorded on a Golem 1.2.0 server (\`test/conformance/recordings\`): REST answers, requests at
the upstream, the worker's metadata, the whole oplog. \`npm run test:conformance\` does the same on minigolem and compares all of it, ${count}
scenarios; \`GOLEM_URL=http://… npm run test:golem\` does it on a server.

On minigolem most scenarios run in virtual time, and there each wait is exactly as planned. [What is not compared](#what-is-not-compared),
and why, stands at the end.

The third column is what the server was seen to do: status of the last call, requests at the upstream, waits before retries in ms, status
at the end.`;

/** All of docs/conformance.md. */
export function markdown(): string {
  const sections = Object.entries(groups).map(([group, scenarios]) => {
    const rows = scenarios.map(
      (scenario) =>
        `| <a id="${scenario.name}"></a>\`${scenario.name}\` | ${cell(scenario.claim)} | ${cell(seen(recorded(scenario.name)))} | ${cell(here(scenario))} |`,
    );
    return [`## ${group}`, "", "| scenario | claim | Golem 1.2.0 | minigolem |", "| - | - | - | - |", ...rows].join(
      "\n",
    );
  });
  return `${[head, ...sections, unseen()].join("\n\n")}\n`;
}

/** What the comparison leaves out. */
function unseen(): string {
  const rows = masks.map(({ what, because }) => `| ${cell(what)} | ${cell(because)} |`);
  return ["## What is not compared", "", "| what | because |", "| - | - |", ...rows].join("\n");
}

const cell = (text: string) => text.replaceAll("|", "\\|");

function seen({ calls, upstream, waits, worker }: Recording): string {
  const last = calls.at(-1);
  const times = waits.flatMap(({ ms }) => (ms === null ? [] : [ms]));
  const shown = times.length > 6 ? `${times.slice(0, 4).join(" ")} … (${times.length})` : times.join(" ");
  return [
    last?.status ?? "no answer",
    upstream.length > 0 && `${upstream.length} request${upstream.length > 1 ? "s" : ""}`,
    times.length > 0 && `waits ${shown}`,
    worker?.status,
  ]
    .filter(Boolean)
    .join(", ");
}

function here({ time, varies, fault, better, hazards }: Scenario): string {
  const verdict = fault ? "the same until the server hung or died" : "the same";
  return [
    time === "real" || better ? verdict : `${verdict}, in virtual time`,
    better && `this with \`minigolem serve --faults\`; otherwise ${better}`,
    varies && `\`${varies.fields.join("`, `")}\` may vary: ${varies.because}`,
    hazards && `warns: ${hazards.join(", ")}`,
  ]
    .filter(Boolean)
    .join("; ");
}
