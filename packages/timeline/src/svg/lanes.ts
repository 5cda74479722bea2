import type { Execution, Timeline } from "../model.js";
import { counted, type PolicyNames, policyLabel, stepLabel, time } from "../words.js";
import type { Axis } from "./axis.js";
import { type Canvas, n, widthOf } from "./canvas.js";
import { back, diamond, type Legend } from "./legend.js";
import type { Linked } from "./marks.js";

/** What the parts of a picture have in common. */
export interface Frame {
  canvas: Canvas;
  /** What goes behind everything else. */
  behind: Canvas;
  timeline: Timeline;
  axis: Axis;
  legend: Legend;
  names: PolicyNames;
  linked: Linked;
  /** Heights of the bars of executions, for what points to them. */
  bars: Map<Execution, number>;
  /** Words stand above bars. */
  narrow: boolean;
}

/** Pixels on either side. */
export const margin = 16;
/** Height of the lane of policies. */
export const lane = 20;

/** Draws the axis of time at a height, and its grid down to another. */
export function drawTime({ canvas, behind, axis, narrow }: Frame, y: number, bottom: number): void {
  const { ticks, breaks, stretched, x, left, right } = axis;
  behind.path("rule", `M${n(left)} ${n(y)}H${n(right)}`);
  for (const { from, to } of stretched) behind.path("stretched", `M${n(x(from))} ${n(y)}H${n(x(to))}`);
  for (const { from, to, label } of breaks) {
    const [a, b] = [x(from), x(to)];
    drawBreak(behind, (a + b) / 2, y, narrow ? y + lane + 12 : bottom); // where words stand above bars, not through them
    canvas.text((a + b) / 2, y - 6, label, { class: "tick", size: 11, anchor: "middle" });
  }
  for (const { ms, label } of ticks) {
    const at = x(ms);
    const width = widthOf(label, 11);
    const start = Math.min(Math.max(left, at - width / 2), right + 8 - width);
    behind.path("grid", `M${n(at)} ${n(y)}V${n(bottom)}`);
    if (canvas.free(start, y - 6, width, 11)) canvas.text(start, y - 6, label, { class: "tick", size: 11 });
  }
}

/** Time is left out here. */
function drawBreak(behind: Canvas, x: number, y: number, bottom: number): void {
  const teeth = Math.max(2, Math.floor((bottom - y) / 12));
  const zigzag = (at: number) => `M${n(at)} ${n(y)}${"l4 6l-4 6".repeat(teeth)}`;
  behind.path("zigzag", zigzag(x - 4));
  behind.path("zigzag", zigzag(x + 2));
}

/** Draws which policy was in force: a band, and a wash behind all that stands below it. */
export function drawPolicies(frame: Frame, top: number, bottom: number): void {
  const { canvas, behind, timeline, axis, legend, names } = frame;
  const { bands, steps, length } = timeline;
  const own = bands.map((band) => ({ ...band, entry: legend.of(policyLabel(band.policy, band.own, names)) }));
  const stepped = steps.map((step) => ({
    ...step,
    index: step.region,
    entry: legend.of(stepLabel(step, names)),
  }));
  for (const { at, end, entry, index } of [...own.flatMap((band) => uncovered(band, stepped)), ...stepped]) {
    const from = axis.x(at);
    // An override of a millisecond is to be seen, too.
    const wide = Math.max(entry.kind === "own" ? 1 : 4, axis.x(Math.min(end, length)) - from);
    const about = `${entry.name}: ${entry.text}, from ${time(at)} to ${time(end)}`;
    behind.rect(`wash p${entry.hue}`, from, top + lane, wide, bottom - top - lane);
    const entryOf = index > 0 ? ` data-oplog-index="${index}"` : ""; // the server's own policy has none
    behind.rect(`band p${entry.hue}`, from, top, wide, lane, about, entryOf);
    const label = [entry.name, entry.letter].find((one) => widthOf(one, 11, true) + 8 <= wide);
    if (label && canvas.free(from + 4, top + 13, widthOf(label, 11, true), 11))
      canvas.text(from + 4, top + 13, label, { size: 11, bold: true });
  }
}

/** Draws atomic regions, without an end while they are open. @returns the height of their lane */
export function drawRegions({ canvas, timeline, axis, narrow }: Frame, top: number): number {
  const { regions, jumps } = timeline;
  if (regions.length === 0) return 0;
  const y = top + 8;
  if (!narrow) canvas.text(margin, y + 4, "atomic region", { class: "dim" });
  for (const { at, end, closed, again, index } of regions) {
    const [from, to] = [axis.x(at), Math.max(axis.x(at) + 3, axis.x(end))];
    const about = `atomic region, ${closed ? "closed" : "open"}${again > 0 ? `, executed again ${counted(again, "time")}` : ""}`;
    const cap = closed ? "m0 -5v10" : "";
    canvas.path("region", `M${n(from)} ${n(y - 5)}v10m0 -5H${n(to)}${cap}`, about, ` data-oplog-index="${index}"`);
  }
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, to, index, start } of jumps) {
    const x = axis.x(at);
    if (to !== "region" || x - last < 7) continue;
    last = x;
    canvas.path("region", back(x, y), `back to entry ${start - 1}`, ` data-oplog-index="${index}"`);
  }
  return 18;
}

/** Draws the moments at which Golem, or a step, decided. A line leads to a trap that is outside of its override. */
export function drawDecisions({ canvas, timeline, axis, names, linked, bars }: Frame, y: number): void {
  let last = Number.NEGATIVE_INFINITY;
  for (const execution of timeline.invocations.flatMap(({ executions }) => executions)) {
    const { decision, replayed } = execution;
    if (!decision) continue;
    const bar = bars.get(execution);
    const undone = decision.undone !== undefined && !replayed;
    // Beside the override that it is outside of, though that ended in the same millisecond.
    const outside = undone ? axis.x(decision.undone?.restored.at ?? 0) + 6 : 0;
    const x = Math.max(axis.x(decision.at), outside);
    if (undone && bar !== undefined) canvas.path("pin", `M${n(x)} ${n(y + 6)}V${n(bar - 9)}`);
    if (x - last < 11 && !undone) continue;
    last = x;
    const found = policyLabel(decision.policy, decision.own, names);
    const who = decision.by === "step" ? "the step has decided" : `Golem decides by ${found.name} (${found.text})`;
    const about = `${time(decision.at)}: ${who}: ${decision.verdict === "retry" ? "another execution" : "no further retry"}`;
    const kind = undone ? " undone" : decision.by === "step" ? " step" : "";
    linked(
      decision.index,
      () => canvas.path(`decides${kind}`, diamond(x, y), about, ` data-oplog-index="${decision.index}"`),
      about,
    );
  }
}

/** What of a band no step covers. */
function uncovered<T extends { at: number; end: number }>(band: T, steps: readonly { at: number; end: number }[]): T[] {
  const parts: T[] = [];
  let { at } = band;
  for (const step of steps.toSorted((a, b) => a.at - b.at)) {
    if (step.end <= at || step.at >= band.end) continue;
    if (step.at > at) parts.push({ ...band, at, end: step.at });
    at = Math.max(at, step.end);
  }
  return at < band.end || parts.length === 0 ? [...parts, { ...band, at: Math.min(at, band.end) }] : parts;
}
