/**
 * From a worker's oplog to what was tried when: {@link timelineOf}, then {@link textOf}, {@link svgOf} or {@link htmlOf}.
 * @module golem-timeline
 */

export type { IndexedEntry } from "./entries.js";
export { type HtmlOptions, htmlOf, type Story } from "./html.js";
export type {
  Band,
  Decision,
  Execution,
  Invocation,
  Jump,
  Mark,
  Outcome,
  Region,
  Request,
  Step,
  Timeline,
  Undone,
  Wait,
  WorkerEvent,
} from "./model.js";
export { type Policy, plannedDelay, policyAtEnd } from "./policy.js";
export { errorText, type Row, type RowOptions, rowsOf, type Tone } from "./rows.js";
export { type SvgOptions, svgOf, type Theme } from "./svg/svg.js";
export { type TextOptions, textOf } from "./text.js";
export { type TimelineOptions, timelineOf } from "./timeline.js";
export { counted, type PolicyLabel, type PolicyNames, policyText, stepPolicy, time } from "./words.js";
