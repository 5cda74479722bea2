import type { Execution, Timeline } from "../model.js";
import { type Row, type RowOptions, rowsOf } from "../rows.js";
import { counted, policyLabel, stepLabel, time } from "../words.js";
import { type Axis, axisOf } from "./axis.js";
import { type Box, Canvas, escaped, fitted, lines, n, widthOf } from "./canvas.js";
import { diamond, drawLegend, keysOf, Legend } from "./legend.js";
import { drawExecution, drawFurther, type Linked } from "./marks.js";
import { styleOf, type Theme } from "./theme.js";

export type { Theme } from "./theme.js";

/** What {@link svgOf} takes. */
export interface SvgOptions extends RowOptions {
  /** Its heading, and its name for those who cannot see it. */
  title: string;
  /** Default `"auto"`: as the reader's system. */
  theme?: Theme;
  /** Pixels; at least 280. Default 960. Below 640 the words stand above the bars. */
  width?: number;
  /** Where a mark leads, by its oplog index: then marks are links. */
  link?: (index: number) => string;
  /** False: the title is for those alone who cannot see it, as where a page has it as a heading. Default true. */
  heading?: boolean;
  /** For ids within a page; must be a name that HTML allows. Default: made from the title. */
  id?: string;
}

/** Draws a timeline as a picture, in one reading order from top to bottom. Marks have `data-oplog-index`. */
export function svgOf(timeline: Timeline, options: SvgOptions): string {
  return pictureOf(timeline, options).svg;
}

const margin = 16;

/** The picture, its size, and where its texts are. */
export function pictureOf(
  timeline: Timeline,
  options: SvgOptions,
): { svg: string; width: number; height: number; boxes: Box[] } {
  const { title, theme = "auto", link, id = idOf(title) } = options;
  const width = Math.max(280, options.width ?? 960);
  const canvas = new Canvas();
  const picture = new Picture(timeline, options, width, canvas);
  const height = picture.draw();
  const description = describe(timeline);
  const role = link ? "group" : "img";
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" class="golem-timeline" viewBox="0 0 ${width} ${n(height)}" width="${width}" height="${n(height)}" role="${role}" aria-labelledby="${id}-title" aria-describedby="${id}-desc">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<desc id="${id}-desc">${escaped(description)}</desc>`,
    `<style>${styleOf(id, theme)}</style>`,
    `<rect class="ground" width="${width}" height="${n(height)}"/>`,
    ...picture.behind.parts,
    ...canvas.parts,
    "</svg>",
  ].join("\n");
  return { svg, width, height, boxes: canvas.boxes };
}

/** An id of its own for each title. */
const idOf = (title: string) => `timeline-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;

const lane = 20;

class Picture {
  /** What goes behind everything else. */
  readonly behind = new Canvas();
  readonly #canvas: Canvas;
  readonly #timeline: Timeline;
  readonly #options: SvgOptions;
  readonly #width: number;
  readonly #narrow: boolean;
  readonly #labels: number;
  readonly #axis: Axis;
  readonly #legend: Legend;
  readonly #linked: Linked;
  /** Where bars of executions are, for what points to them. */
  readonly #bars = new Map<Execution, number>();

  constructor(timeline: Timeline, options: SvgOptions, width: number, canvas: Canvas) {
    this.#timeline = timeline;
    this.#options = options;
    this.#width = width;
    this.#canvas = canvas;
    this.#narrow = width < 640;
    this.#labels = this.#narrow ? width - 2 * margin : Math.min(340, Math.round(width * 0.36));
    const left = this.#narrow ? margin : margin + this.#labels + 16;
    this.#axis = axisOf(timeline, left, width - margin - 8);
    this.#legend = new Legend(timeline, options.names ?? []);
    const { link } = options;
    this.#linked = (index, draw, label) => {
      if (!link) return draw();
      canvas.add(`<a href="${escaped(link(index))}" aria-label="${escaped(label)}">`);
      draw();
      canvas.add("</a>");
    };
  }

  /** @returns the height of it all */
  draw(): number {
    const canvas = this.#canvas;
    const room = this.#width - 2 * margin;
    const { title, heading = true } = this.#options;
    if (heading) canvas.text(margin, 26, fitted(title, room, 16, true), { size: 16, bold: true, whole: title });
    let y = heading ? 32 : 8;
    for (const line of lines(summary(this.#timeline), room, 12).slice(0, 3)) {
      y += 16;
      canvas.text(margin, y, line, { class: "dim" });
    }
    const top = y + 34;
    if (!this.#narrow) canvas.text(margin, top + 14, "policy in force", { class: "dim" });
    const rows = rowsOf(this.#timeline, this.#options);
    const bottom = rows.reduce((at, row) => at + this.#row(row, at), top + lane + 16);
    this.#time(top - 6, bottom);
    this.#policies(top, bottom);
    this.#decisions(top + lane);
    const legend = drawLegend(canvas, this.#legend, keysOf(this.#timeline), margin, bottom + 14, this.#width - margin);
    return bottom + 14 + legend + 8;
  }

  #time(y: number, bottom: number): void {
    const { ticks, breaks, x, left, right } = this.#axis;
    const canvas = this.#canvas;
    this.behind.path("rule", `M${n(left)} ${n(y)}H${n(right)}`);
    for (const { from, to, label } of breaks) {
      const [a, b] = [x(from), x(to)];
      this.#break((a + b) / 2, y, bottom);
      canvas.text((a + b) / 2, y - 6, label, { class: "tick", size: 11, anchor: "middle" });
    }
    for (const { ms, label } of ticks) {
      const at = x(ms);
      const width = widthOf(label, 11);
      const start = Math.min(Math.max(left, at - width / 2), right + 8 - width);
      this.behind.path("grid", `M${n(at)} ${n(y)}V${n(bottom)}`);
      if (canvas.free(start, y - 6, width, 11)) canvas.text(start, y - 6, label, { class: "tick", size: 11 });
    }
  }

  /** Time is left out here. */
  #break(x: number, y: number, bottom: number): void {
    const teeth = Math.max(2, Math.floor((bottom - y) / 12));
    const zigzag = (at: number) => `M${n(at)} ${n(y)}${"l4 6l-4 6".repeat(teeth)}`;
    this.behind.path("region", zigzag(x - 4));
    this.behind.path("region", zigzag(x + 2));
  }

  #policies(top: number, bottom: number): void {
    const { bands, steps, length } = this.#timeline;
    const names = this.#options.names ?? [];
    const own = bands.map((band) => ({ ...band, entry: this.#legend.of(policyLabel(band.policy, band.own, names)) }));
    const stepped = steps.map((step) => ({
      ...step,
      index: step.region,
      entry: this.#legend.of(stepLabel(step, names)),
    }));
    for (const { at, end, entry, index } of [...own.flatMap((band) => uncovered(band, stepped)), ...stepped]) {
      const from = this.#axis.x(at);
      // An override of a millisecond is to be seen, too.
      const wide = Math.max(entry.kind === "own" ? 1 : 4, this.#axis.x(Math.min(end, length)) - from);
      const about = `${entry.name}: ${entry.text}, from ${time(at)} to ${time(end)}`;
      this.behind.rect(`wash p${entry.hue}`, from, top + lane, wide, bottom - top - lane);
      this.behind.rect(`band p${entry.hue}`, from, top, wide, lane, about, ` data-oplog-index="${index}"`);
      const label = [entry.name, entry.letter].find((one) => widthOf(one, 11, true) + 8 <= wide);
      if (label && this.#canvas.free(from + 4, top + 14, widthOf(label, 11, true), 11))
        this.#canvas.text(from + 4, top + 14, label, { size: 11, bold: true });
    }
  }

  #decisions(y: number): void {
    const names = this.#options.names ?? [];
    let last = Number.NEGATIVE_INFINITY;
    for (const execution of this.#timeline.invocations.flatMap(({ executions }) => executions)) {
      const { decision, replayed } = execution;
      if (!decision) continue;
      const x = this.#axis.x(decision.at);
      const bar = this.#bars.get(execution);
      const undone = decision.undone !== undefined && !replayed;
      if (undone && bar !== undefined) this.#canvas.path("pin", `M${n(x)} ${n(y + 6)}V${n(bar - 9)}`);
      if (x - last < 11 && !undone) continue;
      last = x;
      const found = policyLabel(decision.policy, decision.own, names);
      const who = decision.by === "step" ? "the step has decided" : `Golem decides by ${found.name} (${found.text})`;
      const about = `${time(decision.at)}: ${who}: ${decision.verdict === "retry" ? "another execution" : "no further retry"}`;
      const kind = undone ? " undone" : decision.by === "step" ? " step" : "";
      this.#linked(
        decision.index,
        () => this.#canvas.path(`decides${kind}`, diamond(x, y), about, ` data-oplog-index="${decision.index}"`),
        about,
      );
    }
  }

  /** @returns its height */
  #row(row: Row, top: number): number {
    if (row.kind === "call") return this.#call(row, top);
    if (row.kind === "note") return this.#note(row, top);
    const canvas = this.#canvas;
    const { number, text, status, after, tone } = row;
    const indent = number === "" ? 22 : Math.max(22, widthOf(number, 12) + 10);
    const room = this.#labels - indent;
    const x = margin + indent;
    canvas.text(margin, top + 15, number, { class: "dim" });
    if (status === "") {
      const name = tone === "plain" ? {} : { class: tone };
      canvas.text(x, top + 15, fitted(text, room, 12), { whole: text, ...name });
    } else this.#request(x, top + 15, room, row);
    if (after !== "") canvas.text(x, top + 31, fitted(after, room, 11), { class: "dim", size: 11, whole: after });
    const words = after === "" ? 22 : 38;
    const y = this.#narrow ? top + words + 6 : top + 11;
    const drawn = this.#marks(row, y);
    return this.#narrow ? words + (drawn ? 26 : 0) : Math.max(words, drawn ? 24 : 22);
  }

  #request(x: number, y: number, room: number, { text, status, tone }: Row): void {
    const mark = fitted(status, room * 0.6, 12, true);
    const width = widthOf(mark, 12, true) + 8;
    const shown = fitted(text, room - width, 12);
    this.#canvas.text(x, y, shown, { whole: text });
    this.#canvas.text(x + widthOf(shown, 12) + 8, y, mark, { class: tone, bold: true, whole: status });
  }

  #marks({ kind, executions, request, number, at, index }: Row, y: number): boolean {
    const further = number === "" && request;
    if (further) drawFurther(this.#canvas, request, this.#axis, y, this.#linked);
    else if (kind === "event") {
      const x = this.#axis.x(at);
      this.#canvas.path("due", `M${n(x)} ${n(y - 8)}v16`, "", ` data-oplog-index="${index}"`);
    } else
      for (const execution of executions.slice(0, 400)) {
        this.#bars.set(execution, y);
        drawExecution(this.#canvas, execution, this.#axis, y, this.#linked);
      }
    return executions.length > 0 || kind === "event";
  }

  #call({ text, invocation, at, index }: Row, top: number): number {
    const canvas = this.#canvas;
    const y = top + 20;
    const room = this.#width - 2 * margin;
    const shown = fitted(text, room, 13, true);
    this.behind.path("grid", `M${margin} ${n(top + 2)}H${n(this.#width - margin)}`);
    canvas.text(margin, y, shown, { size: 13, bold: true, whole: text });
    const about = `called at ${time(at)}`;
    const x = margin + widthOf(shown, 13, true) + 10;
    if (invocation && x + widthOf(about, 11) <= (this.#narrow ? this.#width - margin : margin + this.#labels))
      canvas.text(x, y, about, { class: "dim", size: 11 });
    canvas.add(`<g data-oplog-index="${index}"></g>`);
    return 30;
  }

  #note({ text }: Row, top: number): number {
    const room = this.#width - 2 * margin - 24;
    const all = lines(text, room, 12);
    const height = all.length * 16 + 10;
    this.#canvas.rect("note", margin, top + 4, this.#width - 2 * margin, height, "", ' rx="2"');
    this.#canvas.rect("edge", margin, top + 4, 4, height);
    for (const [i, line] of all.entries()) this.#canvas.text(margin + 14, top + 20 + i * 16, line);
    return height + 10;
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

/** What happened, in a sentence: below the heading. */
export function summary({ invocations, length }: Timeline): string {
  if (invocations.length === 0) return "Nothing was called.";
  const executions = invocations.reduce((sum, one) => sum + one.executions.length, 0);
  const requests = invocations.reduce(
    (sum, one) => sum + one.executions.reduce((all, { requests }) => all + requests.length, 0),
    0,
  );
  const outcomes = (["completed", "failed", "interrupted", "running"] as const).flatMap((outcome) => {
    const count = invocations.filter((one) => one.outcome === outcome).length;
    const word = outcome === "completed" ? "answered" : outcome;
    return count === 0 ? [] : [invocations.length === 1 ? word : `${count} ${word}`];
  });
  return `${counted(invocations.length, "call")}, ${outcomes.join(", ")}: ${counted(executions, "execution")}, ${counted(requests, "request")}, ${time(length)} in all.`;
}

/** The whole picture in words, for those who cannot see it. */
function describe(timeline: Timeline): string {
  const each = timeline.invocations.slice(-20).map(({ name, outcome, executions }) => {
    const waits = executions.flatMap(({ wait }) => (wait ? [time(wait.actual)] : []));
    return `${name}: ${counted(executions.length, "execution")}, ${outcome}${waits.length > 0 ? `, waits of ${waits.slice(0, 12).join(", ")}` : ""}.`;
  });
  return [summary(timeline), ...each].join(" ");
}
