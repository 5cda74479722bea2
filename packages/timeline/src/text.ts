import { createColors } from "picocolors";
import type { Execution, Invocation, Request, Step, Timeline } from "./timeline.js";
import { type PolicyNames, planned, policyName, policyText, stepPolicy, time } from "./words.js";

/** What {@link toText} takes. */
export interface TextOptions {
  /** Stands above it. */
  title?: string;
  /** What the source calls its policies. */
  names?: PolicyNames;
  /** Default: if the terminal takes them. */
  colors?: boolean;
}

type Colors = ReturnType<typeof createColors>;

/** A timeline for a terminal: each execution with its requests, what was waited, and the policy in force beside it. */
export function toText(timeline: Timeline, { title, names = [], colors }: TextOptions = {}): string {
  const c = colors === undefined ? createColors() : createColors(colors);
  const rows: Row[] = timeline.invocations.flatMap((invocation) => rowsOf(invocation, timeline, names, c));
  const width = Math.max(0, ...rows.map((row) => row.plain.length));
  const lines = rows.map(({ plain, text, policy }) =>
    policy ? `${text}${" ".repeat(width - plain.length)}   ${policy}` : text,
  );
  const head =
    title === undefined
      ? []
      : [`${c.bold(title)}${" ".repeat(Math.max(1, width - title.length))}   ${c.dim("in force")}`];
  return [...head, ...lines, ...waits(timeline, c)].join("\n");
}

interface Row {
  /** Without colours, to be measured. */
  plain: string;
  text: string;
  policy?: string;
}

function rowsOf(invocation: Invocation, { bands, steps }: Timeline, names: PolicyNames, c: Colors): Row[] {
  const rows: Row[] = [];
  let shown = "";
  const inForce = (execution: Execution) => {
    const band = bands.findLast(({ at }) => at <= execution.end);
    const step = steps.find(({ region }) => region === execution.step);
    const label = step
      ? stepLabel(step, names)
      : `${policyName(execution.policy, band?.own ?? true, names)}   ${policyText(execution.policy)}`;
    if (label === shown) return undefined;
    shown = label;
    return c.cyan(label);
  };
  const row = (plain: string, text: string, policy?: string) =>
    rows.push({ plain, text, ...(policy ? { policy } : {}) });
  const at = (ms: number) => time(ms).padStart(9);
  const replays: Execution[] = [];
  const flush = () => {
    const [first, last] = [replays[0], replays.at(-1)];
    replays.splice(0);
    if (!first || !last) return;
    const numbers = first === last ? `${first.number}` : `${first.number} to ${last.number}`;
    const plain = `${at(first.at)}  ${numbers}  replayed to the same failure, nothing asked again`;
    row(plain, c.dim(plain));
  };
  for (const execution of invocation.executions) {
    if (execution.replayed) replays.push(execution);
    else {
      flush();
      const lines = execution.requests.length > 0 ? execution.requests : [undefined];
      lines.forEach((request, i) => {
        const head =
          i === 0 ? `${at(execution.at)}  ${execution.number}  ` : " ".repeat(13 + String(execution.number).length);
        const what = request ? describe(request) : `${invocation.name}${execution.error ? `: ${execution.error}` : ""}`;
        row(head + what, head + (request ? paint(request, what, c) : what), i === 0 ? inForce(execution) : undefined);
      });
    }
    const { outcome, wait } = execution;
    if (outcome === "trapped" && wait && !execution.replayed) {
      const plain = `${" ".repeat(14)}trap, then ${time(wait.actual)}${wait.by === "step" ? " of durable sleep" : ""}`;
      row(plain, c.dim(plain));
    } else if (outcome === "interrupted") row(`${" ".repeat(14)}interrupted`, c.yellow(`${" ".repeat(14)}interrupted`));
  }
  flush();
  const after = bands.findLast(({ at }) => at <= invocation.end);
  const last = invocation.executions.at(-1);
  const back = after && last && inForce({ ...last, step: undefined, policy: after.policy, end: invocation.end });
  const result = {
    completed: c.green("answered"),
    failed: c.red("failed: the policy allows no further retry"),
    interrupted: c.yellow("interrupted"),
    running: c.dim("still running"),
  }[invocation.outcome];
  const plainResult = `${at(invocation.end)}     ${strip(result)}`;
  row(plainResult, `${at(invocation.end)}     ${result}`, back);
  return rows;
}

/** Of a durable step. */
export function stepLabel({ waits, again }: Step, names: PolicyNames): string {
  const found = stepPolicy(waits, names);
  const what = again === "loop" ? "a loop in place" : "a durable step";
  return found ? `${found.name}   ${policyText(found.policy)}, ${what}` : what;
}

const describe = ({ method, path, status, error }: Request) => `${method} ${path}   ${status ?? error}`;

function paint({ status }: Request, text: string, c: Colors): string {
  if (status === undefined || status >= 500) return c.red(text);
  return status >= 400 ? c.yellow(text) : c.green(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
const strip = (text: string) => text.replace(/\u001b\[\d+m/g, "");

/** Planned and actual, side by side. */
function waits(timeline: Timeline, c: Colors): string[] {
  const all = timeline.invocations.flatMap(({ executions }) => executions.flatMap(({ wait }) => wait ?? []));
  if (all.length === 0) return [];
  const shown = all.slice(0, 12);
  const more = all.length > shown.length ? ` · and ${all.length - shown.length} more` : "";
  return [
    `${c.dim("planned")}  ${shown.map((wait) => planned(wait.planned)).join(" · ")}${more}`,
    `${c.dim("actual")}   ${shown.map((wait) => time(wait.actual)).join(" · ")}${more}`,
  ];
}
