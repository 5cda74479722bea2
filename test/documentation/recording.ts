/** `npm run recording finally-restore`: what a running Golem 1.2.0 had in the oplog of a worker, line by line. Without a name: all names. */
import { pathToFileURL } from "node:url";
import { counted } from "golem-timeline";
import { recorded } from "../conformance/goldens.js";
import { isNoise } from "../conformance/oplog.js";
import type { Entry } from "../conformance/recording.js";
import { groups, scenarios } from "../conformance/scenarios/index.js";

/** Noise, and what comes with each call and each request. */
const hidden = (entry: Entry): boolean => isNoise(entry) || /^(Create|StartSpan|FinishSpan)$/.test(entry.type);

/** One line an entry: its index, milliseconds since the scenario began, its name, what it says. */
export function recordingText(name: string): string {
  const { oplog, upstream, worker } = recorded(name);
  const lines = oplog
    .filter((entry) => !hidden(entry))
    .map((entry) => `${String(entry.index).padStart(5)}${String(entry.t).padStart(6)}  ${said(entry)}`.trimEnd());
  const times = ["not asked", "asked once", "asked twice"][upstream.length] ?? `asked ${upstream.length} times`;
  const end = `The upstream was ${times}.${worker ? ` The worker is ${worker.status}.` : ""}`;
  return ["index    ms", ...lines, end].join("\n");
}

function said(entry: Entry): string {
  const { type, function_name, response, policy, jump, dropped_region: dropped, begin_index, guest } = entry;
  if (type === "ImportedFunctionInvoked")
    return `${function_name}${typeof response === "number" ? ` ${response}` : ""}`;
  const details = [
    type === "ExportedFunctionInvoked" && function_name,
    type === "Error" && guest,
    policy &&
      `${counted(policy.max_attempts, "retry", "retries")}, ${policy.min_delay} to ${policy.max_delay}, ×${policy.multiplier}`,
    jump && `over ${jump.start} to ${jump.end}`,
    dropped && `of ${dropped.start} to ${dropped.end}`,
    begin_index !== undefined && `of ${begin_index}`,
  ];
  return [type.padEnd(25), ...details.filter((detail) => typeof detail === "string")].join(" ");
}

/** All names, each with its claim, under the headings of docs/conformance.md. */
export function recordingList(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const lines = Object.entries(groups).flatMap(([group, each]) => [
    `\n${group}`,
    ...each.map(({ name, claim }) => `  ${name.padEnd(width)}  ${claim}`),
  ]);
  return ["npm run recording <name> prints one of these recordings of a Golem 1.2.0 server:", ...lines].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const name = process.argv[2];
  if (name === undefined) console.log(recordingList());
  else if (scenarios.some((scenario) => scenario.name === name)) console.log(recordingText(name));
  else {
    console.error(`There is no recording ${JSON.stringify(name)}. npm run recording without a name lists them.`);
    process.exitCode = 1;
  }
}
