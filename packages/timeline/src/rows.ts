import type { Band, Execution, Invocation, Jump, Request, Timeline, WorkerEvent } from "./model.js";
import {
  counted,
  type PolicyLabel,
  type PolicyNames,
  planned,
  policyLabel,
  policyText,
  stepLabel,
  time,
} from "./words.js";

/** How a row should look. */
export type Tone = "good" | "bad" | "warn" | "plain" | "dim";

/** One line of a picture, a text or a table: what all of them show, in one reading order. */
export interface Row {
  kind: "call" | "request" | "replays" | "settles" | "note" | "event" | "end" | "more";
  at: number;
  /** The oplog entry that it leads to. */
  index: number;
  /** `1`, `2 to 4`; empty on further lines of an execution. */
  number: string;
  text: string;
  /** Of a request: its status, or why it has none. */
  status: string;
  tone: Tone;
  /** A second line: what followed. */
  after: string;
  invocation: Invocation | undefined;
  executions: readonly Execution[];
  request: Request | undefined;
  /** What decides, or decided. */
  policy: PolicyLabel | undefined;
}

/** How much {@link rowsOf} shows before it folds. */
export interface RowOptions {
  names?: PolicyNames;
  /** Invocations, the last of them. Default 60. */
  calls?: number;
  /** Executions of an invocation. Default 24. */
  executions?: number;
}

const empty = { number: "", status: "", after: "", executions: [], invocation: undefined, request: undefined };

/** Puts a timeline in reading order. */
export function rowsOf(timeline: Timeline, { names = [], calls = 60, executions = 24 }: RowOptions = {}): Row[] {
  const all = timeline.invocations;
  const hidden = Math.max(0, all.length - calls);
  const rows = all.slice(hidden).flatMap((call) => rowsOfCall(call, timeline, names, executions));
  const notes = [
    ...timeline.events.filter(({ kind }) => kind !== "interrupted" && kind !== "suspended").map(eventRow),
    ...timeline.jumps.filter(({ rewrites }) => rewrites > 0).map(jumpRow),
  ].toSorted((a, b) => a.at - b.at);
  for (const note of notes) {
    const before = rows.findIndex((row) => row.at > note.at || (row.at === note.at && row.index > note.index));
    rows.splice(before < 0 ? rows.length : before, 0, note);
  }
  const [first] = all;
  if (hidden === 0 || !first) return rows;
  const text = `${counted(hidden, "earlier call")} not shown`;
  return [{ ...empty, kind: "more", at: first.at, index: first.index, text, tone: "dim", policy: undefined }, ...rows];
}

const eventRow = ({ at, index, text, kind }: WorkerEvent): Row => ({
  ...empty,
  kind: "event",
  at,
  index,
  text: text.startsWith("the ") ? text : `the worker was ${text}`,
  tone: kind === "update-failed" ? "bad" : "warn",
  policy: undefined,
});

const jumpRow = ({ at, index, start, to, rewrites }: Jump): Row => ({
  ...empty,
  kind: "note",
  at,
  index,
  text: `Golem goes back to entry ${start - 1}, ${
    to === "request" ? "a request without an end" : to === "region" ? "an open region" : "a mark"
  }: ${counted(rewrites, "call")} that had ended ${rewrites === 1 ? "is" : "are"} executed again, or lost`,
  tone: "bad",
  policy: undefined,
});

function rowsOfCall(invocation: Invocation, timeline: Timeline, names: PolicyNames, most: number): Row[] {
  const { name, at, index, again, executions } = invocation;
  const text = again ? `${name}, taken up again` : name;
  const head: Row = { ...empty, kind: "call", at, index, text, tone: "plain", invocation, policy: undefined };
  const groups = folded(executions);
  const rows = cut(groups, most).flatMap((group) =>
    "more" in group ? moreRow(group.more) : rowsOfGroup(group.executions, invocation, timeline, names),
  );
  return [head, ...rows, endRow(invocation, timeline, names)];
}

interface Group {
  executions: Execution[];
}

/** Replays that follow each other go together. */
function folded(executions: readonly Execution[]): Group[] {
  const groups: Group[] = [];
  for (const execution of executions) {
    const last = groups.at(-1);
    if (execution.replayed && last?.executions[0]?.replayed) last.executions.push(execution);
    else groups.push({ executions: [execution] });
  }
  return groups;
}

/** The middle of many is left out. */
function cut(groups: Group[], most: number): (Group | { more: Execution[] })[] {
  if (groups.length <= most) return groups;
  const head = Math.ceil(most / 2);
  const tail = most - head;
  const middle = groups.slice(head, groups.length - tail).flatMap(({ executions }) => executions);
  return [...groups.slice(0, head), { more: middle }, ...groups.slice(groups.length - tail)];
}

function moreRow(executions: Execution[]): Row {
  const [first, last] = [executions[0] as Execution, executions.at(-1) as Execution];
  const requests = executions.reduce((sum, one) => sum + one.requests.length, 0);
  const which = first === last ? `execution ${first.number}` : `executions ${first.number} to ${last.number}`;
  const text = `${which}, with ${counted(requests, "request")}`;
  return {
    ...empty,
    kind: "more",
    at: first.at,
    index: first.index,
    text,
    tone: "dim",
    executions,
    policy: undefined,
  };
}

function rowsOfGroup(group: Execution[], invocation: Invocation, timeline: Timeline, names: PolicyNames): Row[] {
  const [first, last] = [group[0] as Execution, group.at(-1) as Execution];
  const { at, index } = first;
  const base = { ...empty, at, index, invocation, executions: group, policy: deciding(first, timeline, names) };
  if (first.replayed) {
    const number = first === last ? `${first.number}` : `${first.number} to ${last.number}`;
    const waits = group.flatMap(({ wait }) => wait ?? []);
    const after =
      waits.length === 0
        ? ""
        : `then ${listed(waits.map((w) => time(w.actual)))}, planned ${listed(waits.map(planned))}`;
    const text = "replayed, nothing asked again";
    return [{ ...base, kind: "replays", number, text, tone: "dim", after }];
  }
  const number = `${first.number}`;
  const after = followed(first);
  const note = first.decision?.undone ? [undoneRow(first, names)] : [];
  if (first.settles && first.requests.length === 0) {
    const text = "hands on the failure, nothing asked";
    return [{ ...base, kind: "settles", number, text, tone: "dim", after }, ...note];
  }
  const shown =
    first.requests.length > 8 ? [...first.requests.slice(0, 5), ...first.requests.slice(-2)] : first.requests;
  if (shown.length === 0) {
    const text = errorText(first) ?? (first.outcome === "completed" ? "no request" : "no request yet");
    return [{ ...base, kind: "request", number, text, tone: first.error ? "bad" : "dim", after }, ...note];
  }
  const rows = shown.map((request, i): Row => {
    const ends = i === shown.length - 1;
    const words = requestWords(request, first);
    return {
      ...base,
      ...words,
      request,
      at: i === 0 ? at : words.at,
      number: i === 0 && !first.settles ? number : "",
      after: ends ? after : "",
    };
  });
  const hidden = first.requests.slice(5, -2);
  if (first.requests.length > 8) rows.splice(5, 0, hiddenRequests(hidden, base));
  const settles: Row = { ...base, kind: "settles", number, text: "hands on the failure", tone: "dim", after: "" };
  return [...(first.settles ? [settles] : []), ...rows, ...note];
}

/** What the component said, and where in its source. */
export const errorText = ({ error, place }: Execution): string | undefined =>
  error !== undefined && place !== undefined ? `${error} (${place})` : error;

function hiddenRequests(hidden: readonly Request[], base: Omit<Row, "kind" | "text" | "tone">): Row {
  const statuses = [...new Set(hidden.map(({ status, failure }) => status ?? failure ?? "no answer"))];
  const text = `${counted(hidden.length, "more request")}: ${listed(statuses.map(String))}`;
  return { ...base, kind: "more", number: "", after: "", at: hidden[0]?.at ?? base.at, text, tone: "dim" };
}

function requestWords(
  request: Request,
  execution: Execution,
): Pick<Row, "kind" | "index" | "at" | "text" | "status" | "tone"> {
  const { method, path, status, failure, index } = request;
  const waiting = execution.outcome === "running" ? "waiting for the answer" : "no answer";
  const text = method === "" ? "a request" : `${method} ${path}`;
  const tone = status === undefined || status >= 500 ? "bad" : status >= 400 ? "warn" : "good";
  return { kind: "request", index, at: request.at, text, status: `${status ?? failure ?? waiting}`, tone };
}

/** `trap, then 501 ms of durable sleep, planned 500 ms`. */
function followed({ outcome, wait }: Execution): string {
  const what = {
    trapped: "trap",
    jumped: "jump back",
    interrupted: "interrupted",
    crashed: "the worker stopped",
    completed: "",
    running: "",
  }[outcome];
  if (!wait || what === "") return what;
  const sleep = wait.by === "step" ? " of durable sleep" : "";
  const passed = wait.ongoing ? `${time(wait.actual)} so far` : `${time(wait.actual)}${sleep}`;
  return `${what}, then ${passed}, planned ${planned(wait)}`;
}

/** A trap outside the scope of its override, in words. */
function undoneRow(execution: Execution, names: PolicyNames): Row {
  const { decision } = execution;
  const { undone, policy, own, at, index } = decision as NonNullable<typeof decision>;
  const { policy: override, restored } = undone as NonNullable<typeof undone>;
  const name = policyLabel(override, false, names).name;
  const what = name === "override" ? `The override (${policyText(override)})` : `${name} (${policyText(override)})`;
  const found = policyLabel(policy, own, names);
  const which = own ? "the server's policy" : found.name;
  const before = at - restored.at < 1 ? "just before" : `${time(at - restored.at)} before`;
  const text = `Golem decides here, and finds ${which}. ${what} was restored ${before} the trap: it decides nothing.`;
  return { ...empty, kind: "note", at, index, text, tone: "bad", executions: [execution], policy: found };
}

function endRow(invocation: Invocation, timeline: Timeline, names: PolicyNames): Row {
  const { outcome, end, executions, dropped, index } = invocation;
  const last = executions.at(-1);
  const byStep = last?.decision?.by === "step";
  const text = {
    completed: "answered",
    failed: byStep ? "failed: the step does not retry further" : "failed: the policy allows no further retry",
    interrupted: "interrupted",
    running: last?.wait?.ongoing ? "waits for its next execution" : "still running",
  }[outcome];
  const tone: Tone =
    outcome === "completed" ? "good" : outcome === "failed" ? "bad" : outcome === "running" ? "dim" : "warn";
  const lost = dropped === undefined ? "" : `; no longer in the history since entry ${dropped}`;
  const band = bandAt(timeline.bands, end);
  const policy = outcome === "failed" ? undefined : band && policyLabel(band.policy, band.own, names);
  return {
    ...empty,
    kind: "end",
    at: end,
    index: last?.decision?.index ?? index,
    text: text + lost,
    tone,
    invocation,
    policy,
  };
}

/** The policy that decides on an execution's failure, or that is in force at its end. */
export function deciding(execution: Execution, { steps, bands }: Timeline, names: PolicyNames): PolicyLabel {
  const step = steps.find(({ region }) => region === execution.step);
  if (step) return stepLabel(step, names);
  const { decision } = execution;
  if (decision?.by === "golem") return policyLabel(decision.policy, decision.own, names);
  const band = bandAt(bands, execution.end);
  return policyLabel(band?.policy ?? execution.policy, band?.own ?? true, names);
}

/** The band at a time, by halving: there may be thousands. */
function bandAt(bands: readonly Band[], ms: number): Band | undefined {
  let [low, high] = [0, bands.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bands[middle] as Band).at <= ms) low = middle + 1;
    else high = middle;
  }
  return bands[low - 1];
}

/** At most four. */
const listed = (words: readonly string[]): string =>
  [...words.slice(0, 4), ...(words.length > 4 ? [`… ${words.length - 4} more`] : [])].join(" · ");
