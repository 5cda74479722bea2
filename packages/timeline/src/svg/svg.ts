import type { Execution, Timeline } from "../model.js";
import { type Row, type RowOptions, rowsOf } from "../rows.js";
import { time } from "../words.js";
import { axisOf } from "./axis.js";
import { type Box, Canvas, escaped, fitted, lines, n, widthOf } from "./canvas.js";
import { describe, summary } from "./caption.js";
import { drawDecisions, drawPolicies, drawRegions, drawTime, type Frame, lane, margin } from "./lanes.js";
import { drawLegend, keysOf, Legend } from "./legend.js";
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

/** The picture, its size, and where its texts are. */
export function pictureOf(
  timeline: Timeline,
  options: SvgOptions,
): { svg: string; width: number; height: number; boxes: Box[] } {
  const { title, theme = "auto", link, id = idOf(title) } = options;
  const width = Math.max(280, options.width ?? 960);
  const [canvas, behind] = [new Canvas(), new Canvas()];
  const height = new Picture(timeline, options, width, canvas, behind).draw();
  const description = describe(timeline);
  const role = link ? "group" : "img";
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" class="golem-timeline" viewBox="0 0 ${width} ${n(height)}" width="${width}" height="${n(height)}" role="${role}" aria-labelledby="${id}-title" aria-describedby="${id}-desc">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<desc id="${id}-desc">${escaped(description)}</desc>`,
    `<style>${styleOf(id, theme)}</style>`,
    `<rect class="ground" width="${width}" height="${n(height)}"/>`,
    ...behind.parts,
    ...canvas.parts,
    "</svg>",
  ].join("\n");
  return { svg, width, height, boxes: canvas.boxes };
}

/** An id of its own for each title. */
const idOf = (title: string) => `timeline-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;

class Picture {
  readonly #frame: Frame;
  readonly #options: SvgOptions;
  readonly #width: number;
  readonly #labels: number;

  constructor(timeline: Timeline, options: SvgOptions, width: number, canvas: Canvas, behind: Canvas) {
    const { link, names = [] } = options;
    const narrow = width < 640;
    this.#options = options;
    this.#width = width;
    this.#labels = narrow ? width - 2 * margin : Math.min(340, Math.round(width * 0.37));
    const axis = axisOf(timeline, narrow ? margin : margin + this.#labels + 16, width - margin - 8);
    const linked: Linked = (index, draw, label) => {
      if (!link) return draw();
      canvas.add(`<a href="${escaped(link(index))}" aria-label="${escaped(label)}">`);
      draw();
      canvas.add("</a>");
    };
    const legend = new Legend(timeline, names);
    this.#frame = { canvas, behind, timeline, axis, legend, names, linked, bars: new Map(), narrow };
  }

  /** @returns the height of it all */
  draw(): number {
    const { canvas, timeline, axis, legend, narrow } = this.#frame;
    const room = this.#width - 2 * margin;
    const { title, heading = true } = this.#options;
    if (heading) canvas.text(margin, 26, fitted(title, room, 16, true), { size: 16, bold: true, whole: title });
    let y = heading ? 32 : 8;
    for (const line of lines(summary(timeline), room, 12).slice(0, 3)) {
      y += 16;
      canvas.text(margin, y, line, { class: "dim" });
    }
    const top = y + 34;
    if (!narrow) canvas.text(margin, top + 14, "policy in force", { class: "dim" });
    const rows = rowsOf(timeline, this.#options);
    const regions = drawRegions(this.#frame, top + lane + 10);
    const bottom = rows.reduce((at, row) => at + this.#row(row, at), top + lane + 16 + regions);
    drawTime(this.#frame, top - 6, bottom);
    drawPolicies(this.#frame, top, bottom);
    drawDecisions(this.#frame, top + lane + 2);
    const keys = keysOf(timeline, axis.stretched.length > 0);
    return bottom + 22 + drawLegend(canvas, legend, keys, margin, bottom + 14, this.#width - margin);
  }

  /** @returns its height */
  #row(row: Row, top: number): number {
    if (row.kind === "call") return this.#call(row, top);
    if (row.kind === "note") return this.#note(row, top);
    const canvas = this.#frame.canvas;
    const { number, text, status, after, tone } = row;
    const indent = number === "" ? 22 : Math.max(22, widthOf(number, 12) + 10);
    const room = this.#labels - indent;
    const x = margin + indent;
    canvas.text(margin, top + 15, number, { class: "dim" });
    if (status === "") {
      const name = tone === "plain" ? {} : { class: tone };
      canvas.text(x, top + 15, fitted(text, room, 12), { whole: text, ...name });
    } else this.#request(x, top + 15, room, row);
    const below = after === "" ? [] : lines(after.replace(/^trap, /, ""), room, 11).slice(0, 3);
    for (const [i, line] of below.entries()) canvas.text(x, top + 31 + i * 14, line, { class: "dim", size: 11 });
    const words = 22 + (below.length > 0 ? 2 + below.length * 14 : 0);
    const y = this.#frame.narrow ? top + words + 6 : top + 11;
    const drawn = this.#marks(row, y);
    return this.#frame.narrow ? words + (drawn ? 26 : 0) : Math.max(words, drawn ? 24 : 22);
  }

  #request(x: number, y: number, room: number, { text, status, tone }: Row): void {
    const mark = fitted(status, room * 0.6, 12, true);
    const width = widthOf(mark, 12, true) + 8;
    const shown = fitted(text, room - width, 12);
    this.#frame.canvas.text(x, y, shown, { whole: text });
    this.#frame.canvas.text(x + widthOf(shown, 12) + 8, y, mark, { class: tone, bold: true, whole: status });
  }

  #marks({ kind, executions, request, number, at, index }: Row, y: number): boolean {
    const further = number === "" && request;
    if (further) drawFurther(this.#frame.canvas, request, this.#frame.axis, y, this.#frame.linked);
    else if (kind === "event") {
      const x = this.#frame.axis.x(at);
      this.#frame.canvas.path("due", `M${n(x)} ${n(y - 8)}v16`, "", ` data-oplog-index="${index}"`);
    } else
      for (const execution of executions.slice(0, 400)) {
        this.#frame.bars.set(execution, y);
        drawExecution(this.#frame.canvas, execution, this.#frame.axis, y, this.#frame.linked);
        this.#asleep(execution, y);
      }
    return executions.length > 0 || kind === "event";
  }

  /** Golem had unloaded the worker. */
  #asleep({ at, end }: Execution, y: number): void {
    for (const event of this.#frame.timeline.events) {
      if (event.kind !== "suspended" || event.at < at || event.end > end) continue;
      const [from, to] = [this.#frame.axis.x(event.at), this.#frame.axis.x(event.end)];
      const about = `suspended for ${time(event.end - event.at)}`;
      this.#frame.canvas.rect("asleep", from, y - 5, to - from, 10, about, ` data-oplog-index="${event.index}"`);
    }
  }

  #call({ text, invocation, at }: Row, top: number): number {
    const canvas = this.#frame.canvas;
    const y = top + 20;
    const room = this.#width - 2 * margin;
    const shown = fitted(text, room, 13, true);
    this.#frame.behind.path("grid", `M${margin} ${n(top + 2)}H${n(this.#width - margin)}`);
    canvas.text(margin, y, shown, { size: 13, bold: true, whole: text });
    const about = `called at ${time(at)}`;
    const x = margin + widthOf(shown, 13, true) + 10;
    if (invocation && x + widthOf(about, 11) <= (this.#frame.narrow ? this.#width - margin : margin + this.#labels))
      canvas.text(x, y, about, { class: "dim", size: 11 });
    return 30;
  }

  #note({ text }: Row, top: number): number {
    const room = this.#width - 2 * margin - 24;
    const all = lines(text, room, 12);
    const height = all.length * 16 + 10;
    this.#frame.canvas.rect("note", margin, top + 4, this.#width - 2 * margin, height, "", ' rx="2"');
    this.#frame.canvas.rect("edge", margin, top + 4, 4, height);
    for (const [i, line] of all.entries()) this.#frame.canvas.text(margin + 14, top + 20 + i * 16, line);
    return height + 10;
  }
}
