import { createColors } from "picocolors";
import type { Timeline } from "./model.js";
import { type Row, type RowOptions, rowsOf, type Tone } from "./rows.js";
import { time } from "./words.js";

/** What {@link textOf} takes. */
export interface TextOptions extends RowOptions {
  /** Stands above it. */
  title?: string;
  /** Default: when the terminal takes them. `NO_COLOR` is heeded. */
  colors?: boolean;
  /** Columns. Default 120. Fewer than 40 count as 40. */
  width?: number;
  /** For terminals without Unicode: `x2 <= 10s` for `×2 ≤ 10s`. */
  ascii?: boolean;
}

type Colors = ReturnType<typeof createColors>;

/** Draws a timeline for a terminal: what was tried, what was waited, and beside it the policy that decides. */
export function textOf(timeline: Timeline, options: TextOptions = {}): string {
  const { title, colors, width = 120, ascii = false } = options;
  const c = colors === undefined ? createColors() : createColors(colors);
  const columns = Math.max(40, width);
  const shown = (text: string) => (ascii ? plain(text) : text);
  const rows = rowsOf(timeline, options).flatMap(linesOf);
  const lines = changesOnly(rows).map(({ text, policy, ...line }) => ({
    ...line,
    text: shown(text),
    ...(policy === undefined ? {} : { policy: shown(policy) }),
  }));
  const room = Math.max(0, ...lines.map(({ policy }) => policy?.length ?? 0));
  const needed = Math.max(title?.length ?? 0, ...lines.map(({ text, policy }) => (policy ? text.length : 0)));
  const left = Math.min(needed, columns - room - 3);
  const beside = room > 0 && left >= Math.min(needed, 44);
  const drawn = lines.flatMap((line) => drawLine(line, columns, beside ? left : undefined, c));
  return [...heading(title && shown(title), beside ? left : 0, columns, c), ...drawn].join("\n");
}

function heading(title: string | undefined, left: number, columns: number, c: Colors): string[] {
  if (title === undefined) return [];
  if (left < title.length) return wrapped(title, columns, 0).map((one) => c.bold(one));
  return [`${c.bold(title)}${" ".repeat(left - title.length)}   ${c.dim("decides")}`];
}

interface Line {
  text: string;
  tone: Tone;
  bold?: boolean;
  /** Columns by which further lines are indented. */
  margin: number;
  policy?: string;
}

const indent = " ".repeat(14);

function linesOf(row: Row): Line[] {
  const at = time(row.at).padStart(9);
  const { text, tone, number, status, after, policy, kind } = row;
  const right = policy && { policy: `${policy.name}   ${policy.text}` };
  const margin = indent.length;
  if (kind === "call") return [{ text, tone, bold: true, margin: 2 }];
  if (kind === "end") return [{ text: `${at}     ${text}`, tone, margin, ...right }];
  if (kind === "note") return [{ text: `${indent}! ${text}`, tone, margin: margin + 2 }];
  if (kind === "event" || (kind === "more" && number === "")) return [{ text: `${at}     ${text}`, tone, margin }];
  const head = number === "" ? indent : `${at}  ${number}  `.padEnd(margin);
  const first: Line = {
    text: `${head}${text}${status && `   ${status}`}`,
    tone,
    margin,
    ...(number === "" ? {} : right),
  };
  return after === "" ? [first] : [first, { text: indent + after, tone: "dim", margin }];
}

/** A policy stands where it changes. */
function changesOnly(lines: readonly Line[]): Line[] {
  let shown: string | undefined;
  return lines.map(({ policy, ...line }) => {
    if (line.bold) shown = undefined;
    if (policy === undefined || policy === shown) return line;
    shown = policy;
    return { ...line, policy };
  });
}

function drawLine(line: Line, columns: number, left: number | undefined, c: Colors): string[] {
  const { text, tone, bold, policy, margin } = line;
  const paint = bold
    ? c.bold
    : { good: c.green, bad: c.red, warn: c.yellow, dim: c.dim, plain: (s: string) => s }[tone];
  const width = policy && left !== undefined ? left : columns;
  const [first = "", ...more] = wrapped(text, width, margin);
  const gap = " ".repeat(Math.max(0, (left ?? 0) - first.length) + 3);
  const shown = policy && left !== undefined ? `${paint(first)}${gap}${c.cyan(policy)}` : paint(first);
  const below =
    policy && left === undefined ? wrapped(`${indent}by ${policy}`, columns, margin).map((one) => c.cyan(one)) : [];
  return [shown, ...more.map((one) => paint(one)), ...below];
}

/** Breaks at blanks where it can. */
function wrapped(text: string, width: number, margin: number): string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== ""; ) {
    const before = lines.length === 0 ? "" : " ".repeat(margin);
    const room = width - before.length;
    const blank = rest.length <= room ? rest.length : rest.lastIndexOf(" ", room);
    const at = blank > (lines.length === 0 ? margin : 0) ? blank : room;
    lines.push(before + rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return lines;
}

const asciiFor: Record<string, string> = { "×": "x", "≤": "<=", "·": ",", "…": "...", "→": "->", "✓": "v", "✗": "x" };

/** Without what only Unicode has. */
function plain(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (letter) => asciiFor[letter] ?? "?");
}
