import { scaleLinear } from "d3-scale";
import { stepLabel } from "./text.js";
import type { Execution, Invocation, Request, Timeline } from "./timeline.js";
import { type PolicyNames, planned, policyName, policyText, time } from "./words.js";

/** What {@link toSvg} takes. */
export interface SvgOptions {
  /** For those who cannot see it, and as its heading. */
  title: string;
  /** What the source calls its policies. */
  names?: PolicyNames;
  /** Pixels. Default 960. */
  width?: number;
}

const left = 16;
const right = 24;
const bandTop = 44;
const bandHeight = 26;
const rowTop = bandTop + bandHeight + 18;
const rowHeight = 92;
const barHeight = 18;

/** Makes text safe within markup. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\p{Cc}/gu, (c) => (/\s/.test(c) ? c : "�"));

/** Cut so that it fits. A letter takes some 6.2 pixels at this size. */
function fitted(text: string, pixels: number): string {
  const room = Math.floor(pixels / 6.2);
  if (room < 3) return "";
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

/** A timeline as a picture: bands for the policy in force, executions as bars, their requests, waits planned and actual. */
export function toSvg(timeline: Timeline, { title, names = [], width = 960 }: SvgOptions): string {
  const x = scaleLinear()
    .domain([0, Math.max(1, timeline.length)])
    .range([left, width - right]);
  const rows = timeline.invocations.map((invocation, i) => row(invocation, rowTop + i * rowHeight, x));
  const height = rowTop + Math.max(1, timeline.invocations.length) * rowHeight + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="golem-timeline" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="11">`,
    `<title id="t">${escaped(title)}</title>`,
    `<desc id="d">${escaped(description(timeline))}</desc>`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    `<text class="title" x="${left}" y="26">${escaped(fitted(title, (width - left - right) / 1.3))}</text>`,
    ...timeline.bands.map((band) => {
      const label = `${policyName(band.policy, band.own, names)}: ${policyText(band.policy)}`;
      return strip(band.own ? "own" : "override", band, label, x, height);
    }),
    ...timeline.steps.map((step) => strip("step", step, stepLabel(step, names).replace(/ {3}/, ": "), x, height)),
    ...rows,
    axis(x, height - 22, width),
    "</svg>",
  ].join("\n");
}

type Scale = (ms: number) => number;

function strip(
  kind: string,
  { at, end }: { at: number; end: number },
  label: string,
  x: Scale,
  height: number,
): string {
  const from = x(at);
  const wide = Math.max(1, x(end) - from);
  return [
    `<g class="${kind}"><rect class="band" x="${n(from)}" y="${bandTop}" width="${n(wide)}" height="${bandHeight}"><title>${escaped(label)}</title></rect>`,
    `<rect class="wash" x="${n(from)}" y="${bandTop + bandHeight}" width="${n(wide)}" height="${height - bandTop - bandHeight - 28}"/>`,
    `<text class="label" x="${n(from + 6)}" y="${bandTop + 17}">${escaped(fitted(label, wide - 10))}</text></g>`,
  ].join("");
}

function row(invocation: Invocation, top: number, x: Scale): string {
  const mark = { completed: "✓ answered", failed: "✗ failed", interrupted: "interrupted", running: "running" }[
    invocation.outcome
  ];
  const bar = top + 44;
  return [
    `<g><text class="name" x="${left}" y="${top + 10}">${escaped(invocation.name)} <tspan class="${invocation.outcome}">${mark}</tspan></text>`,
    ...invocation.executions.map((execution) => execute(execution, bar, x)),
    "</g>",
  ].join("\n");
}

function execute(execution: Execution, top: number, x: Scale): string {
  const { at, end, number, outcome, requests, wait, replayed, error } = execution;
  const from = x(at);
  const wide = Math.max(5, x(end) - from);
  const about = `execution ${number}: ${replayed ? "replayed, " : ""}${outcome}${error ? `: ${error}` : ""}`;
  const parts = [
    `<rect class="bar ${outcome}${replayed ? " replayed" : ""}" x="${n(from)}" y="${top}" width="${n(wide)}" height="${barHeight}" rx="2"><title>${escaped(about)}</title></rect>`,
    ...requests.map((request) => dot(request, top, x)),
  ];
  if (wide > 14)
    parts.push(`<text class="number" x="${n(from + wide / 2)}" y="${top + 13}" text-anchor="middle">${number}</text>`);
  if (wait) {
    const [begin, over] = [x(wait.at), x(wait.at + wait.actual)];
    const [middle, room] = [(begin + over) / 2, over - begin];
    const line = top + barHeight / 2;
    parts.push(
      `<path class="wait" d="M${n(Math.min(over, from + wide))} ${line}H${n(over)}"><title>${escaped(`planned ${planned(wait.planned)}, actual ${time(wait.actual)}`)}</title></path>`,
    );
    const [above, below] = [planned(wait.planned), time(wait.actual)];
    if (Math.max(above.length, below.length) * 6.2 < room - 6) {
      parts.push(
        `<text class="planned" x="${n(middle)}" y="${line - 8}" text-anchor="middle">${escaped(above)}</text>`,
      );
      parts.push(
        `<text class="actual" x="${n(middle)}" y="${line + 15}" text-anchor="middle">${escaped(below)}</text>`,
      );
    }
  }
  return parts.join("");
}

function dot({ at, end, method, path, status, error }: Request, top: number, x: Scale): string {
  const kind = status === undefined || status >= 500 ? "bad" : status >= 400 ? "warn" : "good";
  const label = `${method} ${path}: ${status ?? error} after ${time(end - at)}`;
  return `<circle class="${kind}" cx="${n(x(end))}" cy="${top - 7}" r="4"><title>${escaped(label)}</title></circle>`;
}

function axis(x: ReturnType<typeof scaleLinear<number, number>>, y: number, width: number): string {
  const ticks = x.ticks(8).map((ms) => {
    const anchor = x(ms) > width - 60 ? "end" : ms === 0 ? "start" : "middle";
    return `<path d="M${n(x(ms))} ${y}v4"/><text x="${n(x(ms))}" y="${y + 15}" text-anchor="${anchor}">${time(ms)}</text>`;
  });
  return `<g class="axis"><path d="M${left} ${y}H${width - right}"/>${ticks.join("")}</g>`;
}

function description({ invocations, length }: Timeline): string {
  const each = invocations.map(({ name, outcome, executions }) => {
    const waits = executions.flatMap(({ wait }) => (wait ? [time(wait.actual)] : []));
    const count = executions.length === 1 ? "1 execution" : `${executions.length} executions`;
    return `${name}: ${count}, ${outcome}${waits.length > 0 ? `, waits of ${waits.join(", ")}` : ""}`;
  });
  return `${each.join(". ")}. ${time(length)} in all.`;
}

const n = (value: number) => String(Math.round(value * 10) / 10);

const colors = {
  light:
    "--ground:#fff;--ink:#1f2430;--dim:#5c6475;--line:#c9ced8;--own:#e4e8ef;--override:#d5e5ff;--good:#157a3c;--warn:#9a6300;--bad:#c22f2f;--bar:#3d62b8;--replay:#9aa4b8",
  dark: "--ground:#171a21;--ink:#e8ebf1;--dim:#a2abbd;--line:#3b4252;--own:#2a2f3a;--override:#20365c;--good:#4cc77c;--warn:#e0ac4a;--bad:#ff7b72;--bar:#7fa4f5;--replay:#5d6880",
};

const style = `
.golem-timeline{${colors.light}}
@media (prefers-color-scheme:dark){.golem-timeline{${colors.dark}}}
.golem-timeline text{fill:var(--ink)}
.golem-timeline .ground{fill:var(--ground)}
.golem-timeline .title{font-size:14px;font-weight:600}
.golem-timeline .own .band{fill:var(--own)}.golem-timeline .override .band{fill:var(--override)}
.golem-timeline .own .wash{fill:var(--own);opacity:.18}.golem-timeline .override .wash{fill:var(--override);opacity:.3}
.golem-timeline .step .band{fill:var(--override)}.golem-timeline .step .wash{fill:var(--override);opacity:.3}
.golem-timeline .name{font-weight:600}
.golem-timeline .bar{fill:var(--bar)}.golem-timeline .bar.trapped{fill:var(--bad)}.golem-timeline .bar.completed{fill:var(--good)}
.golem-timeline .bar.interrupted{fill:var(--warn)}.golem-timeline .bar.replayed{fill:var(--replay)}
.golem-timeline .number{fill:var(--ground);font-weight:600}
.golem-timeline .wait{stroke:var(--dim);stroke-width:1.5;stroke-dasharray:3 3;fill:none}
.golem-timeline .planned,.golem-timeline .axis text{fill:var(--dim)}
.golem-timeline .axis path{stroke:var(--line);fill:none}
.golem-timeline .good{fill:var(--good)}.golem-timeline .warn{fill:var(--warn)}.golem-timeline .bad{fill:var(--bad)}
.golem-timeline tspan.completed{fill:var(--good)}.golem-timeline tspan.failed{fill:var(--bad)}.golem-timeline tspan.interrupted{fill:var(--warn)}
`.trim();
