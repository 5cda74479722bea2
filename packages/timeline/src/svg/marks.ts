import type { Execution, Request, Wait } from "../model.js";
import { planned, time } from "../words.js";
import type { Axis } from "./axis.js";
import { type Canvas, n, widthOf } from "./canvas.js";
import { cross } from "./legend.js";

const barHeight = 14;

/** Makes a mark lead to its oplog entry. */
export type Linked = (index: number, draw: () => void, label: string) => void;

/** Draws an execution: its bar, its requests within, how it ended, and the wait after it. */
export function drawExecution(canvas: Canvas, execution: Execution, axis: Axis, y: number, linked: Linked): void {
  const { at, end, number, outcome, requests, wait, replayed, settles, error, index } = execution;
  const from = axis.x(at);
  const wide = Math.max(4, axis.x(end) - from);
  const name = replayed ? "replayed" : settles && requests.length === 0 ? "settles" : outcome;
  const about = `execution ${number}: ${replayed ? "replayed, " : ""}${outcome}${error ? `: ${error}` : ""}`;
  if (wait) drawWait(canvas, wait, axis, y, from + wide);
  linked(
    index,
    () =>
      canvas.rect(
        `bar ${name}`,
        from,
        y - barHeight / 2,
        wide,
        barHeight,
        about,
        ` rx="2" data-oplog-index="${index}"`,
      ),
    about,
  );
  if (wide > 12) for (const request of requests) drawRequest(canvas, request, axis, y, from + wide);
  if (outcome === "trapped" && !replayed)
    canvas.path("cross", cross(from + wide + 12 > axis.right + 8 ? from - 8 : from + wide + 8, y));
}

function drawRequest(canvas: Canvas, request: Request, axis: Axis, y: number, before: number): void {
  const from = axis.x(request.at);
  const wide = Math.min(before, axis.x(request.end)) - from;
  if (wide < 3) return;
  const about = `${request.method} ${request.path}: ${request.status ?? request.failure ?? "no answer"}, ${time(request.end - request.at)}`;
  canvas.rect("request", from, y - 3, wide, 6, about, ` data-oplog-index="${request.index}"`);
}

/** A request on a line of its own, below its execution's bar. */
export function drawFurther(canvas: Canvas, request: Request, axis: Axis, y: number, linked: Linked): void {
  const from = axis.x(request.at);
  const wide = Math.max(4, axis.x(request.end) - from);
  const { method, path, status, failure, index } = request;
  const kind = status !== undefined && status < 400 ? "completed" : "trapped";
  const about = `${method} ${path}: ${status ?? failure ?? "no answer"}, ${time(request.end - request.at)}`;
  linked(
    index,
    () => canvas.rect(`bar part ${kind}`, from, y - 4, wide, 8, about, ` rx="2" data-oplog-index="${index}"`),
    about,
  );
}

function drawWait(canvas: Canvas, wait: Wait, axis: Axis, y: number, after: number): void {
  const until = axis.x(wait.at + wait.actual);
  const due = axis.x(wait.at + wait.planned.most);
  const from = Math.min(after + 14, until);
  const about = `planned ${planned(wait)}, waited ${time(wait.actual)}${wait.ongoing ? " so far" : ""}`;
  if (until - from > 2) {
    canvas.path("wait", `M${n(from)} ${n(y)}H${n(until)}`, about);
    if (until - due > 3) canvas.path("wait over", `M${n(Math.max(due, from))} ${n(y)}H${n(until)}`, about);
  }
  if (due > from + 1 && due < axis.right) canvas.path("due", `M${n(due)} ${n(y - 6)}v12`, about);
  const label = time(wait.actual);
  const width = widthOf(label, 11);
  const middle = (from + until) / 2;
  if (width + 8 <= until - from) canvas.text(middle, y + 15, label, { class: "dim halo", size: 11, anchor: "middle" });
}
