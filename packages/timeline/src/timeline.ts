import { fieldsOf, type IndexedEntry, milliseconds } from "./entries.js";
import type { Timeline } from "./model.js";
import { type Policy, policyAtEnd } from "./policy.js";
import { Reader } from "./reader.js";

/** What {@link timelineOf} takes beside an oplog. */
export interface TimelineOptions {
  /** The server's own, in force until the component sets another. */
  defaultPolicy: Policy;
  /** For a worker that is alive: the time up to which to draw, in milliseconds since 1970. Default: its last entry's. */
  now?: number;
  /** Finds places in the component's source for the stack that it wrote to stderr, as golem-client's `components.places` does. */
  places?: (stack: string) => readonly string[];
}

/**
 * Reads from a worker's oplog what was tried when, under which retry policy, and what was waited.
 * @param entries all of it, from the first on
 */
export function timelineOf(
  entries: readonly IndexedEntry[],
  { defaultPolicy, now = 0, places = () => [] }: TimelineOptions,
): Timeline {
  const first = entries[0];
  const start = first ? milliseconds(first.entry.timestamp) : 0;
  const reader = new Reader(start, defaultPolicy, places);
  for (const indexed of entries) reader.read(indexed.oplogIndex, fieldsOf(indexed));
  return { start, ...reader.finish(Math.max(0, now - start)), policyAtEnd: policyAtEnd(entries, defaultPolicy) };
}
