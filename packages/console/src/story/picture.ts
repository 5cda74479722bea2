import type { IndexedEntry } from "golem-client";
import { htmlOf, type SvgOptions, svgOf, type TextOptions, type Timeline, textOf, timelineOf } from "golem-timeline";
import { defaultPolicy } from "./default-policy.js";

/** Reads a worker's oplog. @param now of a worker that is alive: up to when to draw, in milliseconds since 1970 */
export const storyOf = (entries: readonly IndexedEntry[], now?: number): Timeline =>
  timelineOf(entries, { defaultPolicy, ...(now === undefined ? {} : { now }) });

/** A worker's timeline for a terminal. */
export const textPicture = (entries: readonly IndexedEntry[], options: TextOptions, now?: number): string =>
  textOf(storyOf(entries, now), options);

/** A worker's timeline as one SVG. */
export const svgPicture = (entries: readonly IndexedEntry[], options: SvgOptions, now?: number): string =>
  svgOf(storyOf(entries, now), options);

/** A worker's timeline as a page that needs nothing else. */
export const htmlPicture = (entries: readonly IndexedEntry[], title: string, now?: number): string =>
  htmlOf({ title, stories: [{ title, timeline: storyOf(entries, now) }] });
