import type { Execution, Timeline } from "../model.js";

import { type PolicyLabel, type PolicyNames, policyLabel, stepLabel } from "../words.js";
import { type Canvas, fitted, n, widthOf } from "./canvas.js";
import { hues } from "./theme.js";

/** A policy of the picture: its letter and its colour. */
export interface Entry extends PolicyLabel {
  letter: string;
  hue: number;
}

/** The policies of a timeline, the server's own first. */
export class Legend {
  readonly #entries = new Map<string, Entry>();

  constructor(timeline: Timeline, names: PolicyNames) {
    const own = timeline.bands.find((band) => band.own);
    if (own) this.of(policyLabel(own.policy, true, names));
    const others = [
      ...timeline.bands.map((band) => ({ at: band.at, label: policyLabel(band.policy, band.own, names) })),
      ...timeline.steps.map((step) => ({ at: step.at, label: stepLabel(step, names) })),
    ];
    for (const { label } of others.toSorted((a, b) => a.at - b.at)) this.of(label);
  }

  of(label: PolicyLabel): Entry {
    const known = this.#entries.get(label.key);
    if (known && known.kind === label.kind) return known;
    if (known) return { ...known, ...label };
    const others = [...this.#entries.values()].filter(({ kind }) => kind !== "own").length;
    const hue = label.kind === "own" ? 0 : (others % hues) + 1;
    const entry = { ...label, hue, letter: label.kind === "own" ? "S" : letterOf(others) };
    this.#entries.set(label.key, entry);
    return entry;
  }

  get entries(): Entry[] {
    return [...this.#entries.values()];
  }
}

/** A, B, … R, T, … Z, AA: S is the server's. */
function letterOf(number: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRTUVWXYZ";
  const first = Math.floor(number / letters.length);
  return (first > 0 ? letterOf(first - 1) : "") + letters[number % letters.length];
}

const rowHeight = 20;
/** Of a mark that is explained. */
const markWidth = 30;

/** Draws policies and marks below the picture, side by side while they fit. @returns the height that it took */
export function drawLegend(
  canvas: Canvas,
  legend: Legend,
  keys: readonly Key[],
  left: number,
  top: number,
  right: number,
): number {
  let [x, y] = [left, top + 12];
  const place = (width: number) => {
    if (x > left && x + width > right) [x, y] = [left, y + rowHeight];
  };
  for (const { letter, hue, name, text } of legend.entries) {
    const chip = Math.max(16, widthOf(letter, 11, true) + 6);
    const whole = `${name === "server's" ? "the server's" : name}: ${text}`;
    const shown = fitted(whole, right - left - chip - 8, 12);
    const width = chip + 8 + widthOf(shown, 12) + 20;
    place(width - 20);
    canvas.rect(`chip p${hue}`, x, y - 11, chip, 14, "", ' rx="2"');
    canvas.text(x + chip / 2, y, letter, { size: 11, anchor: "middle", bold: true });
    canvas.text(x + chip + 6, y, shown, { whole });
    x += width;
  }
  if (keys.length > 0) [x, y] = [left, y + rowHeight];
  for (const { text, draw } of keys) {
    const width = markWidth + widthOf(text, 12) + 20;
    place(width - 20);
    draw(canvas, x + 13, y - 4);
    canvas.text(x + markWidth, y, fitted(text, right - left - markWidth, 12), { class: "dim" });
    x += width;
  }
  return y + 10 - top;
}

/** What a mark means. */
export interface Key {
  text: string;
  draw(canvas: Canvas, x: number, y: number): void;
}

const bar = (name: string) => (canvas: Canvas, x: number, y: number) =>
  canvas.rect(`bar ${name}`, x - 9, y - 5, 18, 10, "", ' rx="2"');

/** A cross at the end of a bar, as a trap has. */
export const cross = (x: number, y: number): string => `M${n(x - 3.5)} ${n(y - 3.5)}l7 7m0 -7l-7 7`;

export const diamond = (x: number, y: number): string => `M${n(x)} ${n(y - 6)}l5 6l-5 6l-5 -6z`;

/** Golem goes back in the oplog. */
export const back = (x: number, y: number): string => `M${n(x)} ${n(y - 4)}l-5 4l5 4`;

/** Explains the marks that a timeline has, and no others. */
export function keysOf({ invocations, decisions, regions }: Timeline, stretched: boolean): Key[] {
  const all = invocations.flatMap(({ executions }) => executions);
  const has = (test: (one: Execution) => unknown) => all.some(test);
  const keys: (Key | false)[] = [
    has(({ outcome }) => outcome === "completed") && { text: "answered", draw: bar("completed") },
    has(({ outcome, replayed }) => outcome === "trapped" && !replayed) && {
      text: "trap",
      draw: (canvas, x, y) => {
        bar("trapped")(canvas, x - 6, y);
        canvas.path("cross", cross(x + 9, y));
      },
    },
    has(({ outcome }) => outcome === "jumped") && { text: "failed, and jumped back", draw: bar("jumped") },
    has(({ replayed }) => replayed) && { text: "replayed", draw: bar("replayed") },
    has(({ settles, requests }) => settles && requests.length === 0) && {
      text: "hands on a failure",
      draw: bar("settles"),
    },
    has(({ outcome }) => outcome === "interrupted" || outcome === "crashed") && {
      text: "interrupted",
      draw: bar("interrupted"),
    },
    has(({ wait }) => wait) && {
      text: "wait; the tick is the planned end",
      draw: (canvas, x, y) => {
        canvas.path("wait", `M${x - 10} ${y}h20`);
        canvas.path("due", `M${x + 6} ${y - 5}v10`);
      },
    },
    decisions.some(({ by }) => by === "golem") && {
      text: "Golem decides by the policy that it finds",
      draw: (canvas, x, y) => canvas.path("decides", diamond(x, y)),
    },
    decisions.some(({ by }) => by === "step") && {
      text: "the step has decided",
      draw: (canvas, x, y) => canvas.path("decides step", diamond(x, y)),
    },
    regions.some(({ again }) => again > 0) && {
      text: "Golem goes back to the region's begin",
      draw: (canvas, x, y) => canvas.path("region", back(x, y)),
    },
    stretched && {
      text: "drawn wider than to scale; waits are to scale",
      draw: (canvas, x, y) => canvas.path("stretched", `M${n(x - 10)} ${n(y)}h20`),
    },
  ];
  return keys.filter((key) => key !== false);
}
