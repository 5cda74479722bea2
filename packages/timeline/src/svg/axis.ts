import { scaleLinear } from "d3-scale";
import type { Timeline } from "../model.js";
import { time } from "../words.js";
import { widthOf } from "./canvas.js";

interface Span {
  from: number;
  to: number;
}

/** Time on the horizontal. */
export interface Axis {
  /** Milliseconds to pixels. */
  x(ms: number): number;
  ticks: { ms: number; label: string }[];
  /** Idle times that are drawn shorter than they were. */
  breaks: (Span & { label: string })[];
  /** Times that are drawn longer than they were. */
  stretched: Span[];
  left: number;
  right: number;
}

/** The axis breaks a gap in which nothing happens when the gap is this many times as long as all the rest. */
const dwarfs = 3;
/** A worker that nobody calls is of less interest than its waits. */
const idle = 0.5;
/** An execution takes milliseconds where waits take seconds: up to so many get so many pixels at least. Waits stay to scale. */
const wider = { most: 12, pixels: 30 };

type Piece = Span & { kind: "busy" | "wait" | "idle"; label?: string };

/** Lays out the time of a timeline between two pixels. */
export function axisOf(timeline: Timeline, left: number, right: number): Axis {
  const length = Math.max(1, timeline.length);
  const pieces = broken(piecesOf(timeline, length), length, right - left);
  const busy = pieces.filter(({ kind }) => kind === "busy").length;
  const least = busy <= wider.most ? Math.min(wider.pixels, (right - left) / (3 * Math.max(1, busy))) : 0;
  const widthAt = (perMs: number) => (piece: Piece) => {
    if (piece.label !== undefined) return breakWidth(piece.label);
    return Math.max(piece.kind === "busy" ? least : 0, (piece.to - piece.from) * perMs);
  };
  const perMs = solved((perMs) => pieces.map(widthAt(perMs)).reduce((a, b) => a + b, 0), right - left, length);
  const range = [left];
  for (const piece of pieces) range.push((range.at(-1) as number) + widthAt(perMs)(piece));
  const x = scaleLinear()
    .domain([0, ...pieces.map(({ to }) => to)])
    .range([...range.slice(0, -1), right])
    .clamp(true);
  const breaks = pieces.flatMap(({ from, to, label }) => (label === undefined ? [] : [{ from, to, label }]));
  const stretched = pieces.filter((piece) => piece.kind === "busy" && (piece.to - piece.from) * perMs < least - 2);
  return { x: (ms) => x(ms), ticks: ticksOf(breaks, length, perMs), breaks, stretched, left, right };
}

const breakWidth = (label: string) => Math.max(40, widthOf(label, 11) + 16);

/** The scale at which a growing width fills the room. */
function solved(width: (perMs: number) => number, room: number, length: number): number {
  let [low, high] = [0, room / length + room];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (width(middle) < room) low = middle;
    else high = middle;
  }
  return low;
}

/** The time of a timeline in pieces: what happens, what is waited, and when nobody calls. */
function piecesOf({ invocations, events }: Timeline, length: number): Piece[] {
  const executions = invocations.flatMap((call) => call.executions);
  const waits = executions.flatMap(({ wait }) => wait ?? []).map(({ at, actual }) => ({ from: at, to: at + actual }));
  const sleeps = events.filter(({ kind }) => kind === "suspended").map(({ at, end }) => ({ from: at, to: end }));
  const busy = executions
    .flatMap(({ at, end }) => without({ from: at, to: end }, sleeps))
    .toSorted((a, b) => a.from - b.from);
  const pieces: Piece[] = [];
  const quiet = ordered([...waits, ...sleeps]);
  let [over, next] = [0, 0];
  const gap = (to: number) => {
    if (to <= over) return;
    while ((quiet[next]?.to ?? Number.POSITIVE_INFINITY) <= over) next++;
    pieces.push({ from: over, to, kind: (quiet[next]?.from ?? Number.POSITIVE_INFINITY) < to ? "wait" : "idle" });
  };
  for (const { from, to } of busy) {
    gap(from);
    const last = pieces.at(-1);
    if (last?.kind === "busy" && from <= last.to) last.to = Math.max(last.to, to);
    else if (to > Math.max(from, over)) pieces.push({ from: Math.max(from, over), to, kind: "busy" });
    over = Math.max(over, to);
  }
  gap(length);
  return pieces;
}

const ordered = (spans: readonly Span[]) => spans.toSorted((a, b) => a.from - b.from);

function without(span: Span, holes: readonly Span[]): Span[] {
  const inside = ordered(holes.filter(({ from, to }) => from >= span.from && to <= span.to && to > from));
  const edges = [span.from, ...inside.flatMap(({ from, to }) => [from, to]), span.to];
  return Array.from({ length: edges.length / 2 }, (_, i) => ({
    from: edges[2 * i] as number,
    to: edges[2 * i + 1] as number,
  }));
}

/** Breaks gaps that dwarf the rest, from the longest on. */
function broken(pieces: Piece[], length: number, room: number): Piece[] {
  const gaps = pieces.filter(({ kind }) => kind !== "busy").toSorted((a, b) => b.to - b.from - (a.to - a.from));
  let rest = length;
  let taken = 0;
  for (const gap of gaps.slice(0, 6)) {
    const long = gap.to - gap.from;
    const label = time(long);
    const limit = gap.kind === "wait" ? dwarfs : idle;
    if (rest - long < 1 || long < limit * (rest - long) || taken + breakWidth(label) > room / 2) continue;
    gap.label = label;
    rest -= long;
    taken += breakWidth(label);
  }
  return pieces;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * second))
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * minute))
  .concat([1, 2, 3, 6, 12].map((n) => n * hour))
  .concat([1, 2, 7, 14, 30, 90, 365, 3650].map((n) => n * day));

/** Round times, some 90 pixels apart, that are not in a break. */
function ticksOf(breaks: readonly Span[], length: number, perMs: number): Axis["ticks"] {
  const step = steps.find((one) => one * perMs >= 90) ?? 36_500 * day;
  const ticks: Axis["ticks"] = [];
  let ms = 0;
  while (ms <= length && ticks.length < 200) {
    const inside = breaks.find(({ from, to }) => ms > from && ms < to);
    if (inside) {
      ms = Math.ceil(inside.to / step) * step;
      continue;
    }
    ticks.push({ ms, label: ms === 0 ? "0" : time(ms) });
    ms += step;
  }
  return ticks;
}
