/** The one place that knows how golem-timeline is asked for pictures. */
import type { IndexedEntry } from "golem-client";
import { timeline, toHtml, toSvg, toText } from "golem-timeline";
import { defaultPolicy } from "./outlook.js";

const storyOf = (entries: readonly IndexedEntry[]) => timeline(entries, { defaultPolicy });

/** A worker's timeline for a terminal. */
export const textPicture = (entries: readonly IndexedEntry[], title: string): string =>
  toText(storyOf(entries), { title });

/** A worker's timeline as one SVG. @param width pixels */
export const svgPicture = (entries: readonly IndexedEntry[], title: string, width?: number): string =>
  toSvg(storyOf(entries), { title, width });

/** A worker's timeline as a page that needs nothing else. */
export const htmlPicture = (entries: readonly IndexedEntry[], title: string): string =>
  toHtml({ title, stories: [{ title, timeline: storyOf(entries) }] });

/** The executions of all invocations, for a table. */
export const executionsOf = (entries: readonly IndexedEntry[]) => storyOf(entries).invocations;
