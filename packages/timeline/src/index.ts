/**
 * From an oplog to what was tried when: {@link timeline}, then {@link toText}, {@link toSvg} or {@link toHtml}.
 * @module golem-timeline
 */

export { plannedDelay } from "./delay.js";
export type { IndexedEntry, Policy } from "./entries.js";
export { type HtmlOptions, type Story, toHtml } from "./html.js";
export { type SvgOptions, toSvg } from "./svg.js";
export { type TextOptions, toText } from "./text.js";
export {
  type Band,
  type Execution,
  type Invocation,
  type Outcome,
  policyAtEnd,
  type Request,
  type Step,
  type Timeline,
  timeline,
  type Wait,
} from "./timeline.js";
export { type PolicyNames, policyText, time } from "./words.js";
