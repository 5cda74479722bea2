/**
 * What a timeline reads: entries of a worker's oplog as Golem's REST API gives them. Structural, so that any client's will do.
 */
export interface IndexedEntry {
  oplogIndex: number;
  entry: { type: string; timestamp: string };
}

/** An entry with its fields at hand, whatever they are. */
export type Fields = { type: string; timestamp: string } & Record<string, unknown>;

export const fieldsOf = ({ entry }: IndexedEntry): Fields => entry as Fields;

/** Milliseconds since 1970, with fraction: Golem gives up to nanoseconds. */
export function milliseconds(timestamp: string): number {
  const [, whole, fraction = "", zone] = /^(.*:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(timestamp) ?? [];
  return whole === undefined ? Date.parse(timestamp) : Date.parse(whole + zone) + Number(fraction) * 1000;
}

const units: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  day: 864e5,
  month: 30.44 * 864e5,
  year: 365.25 * 864e5,
};

/** `1m 30s`, as an oplog has a policy's delays → milliseconds. What cannot be read is 0. */
export function duration(text: unknown): number {
  const parts = [...String(text).matchAll(/([\d.]+)\s*([a-zµ]+)/g)];
  return parts.reduce(
    (sum, [, n, unit = ""]) => sum + Number(n) * (units[unit] ?? units[unit.replace(/s$/, "")] ?? 0),
    0,
  );
}

/** What happened to the worker, not what the component did. */
export const hints = new Set([
  "Suspend",
  "Error",
  "Interrupted",
  "Exited",
  "PendingWorkerInvocation",
  "PendingUpdate",
  "SuccessfulUpdate",
  "FailedUpdate",
  "GrowMemory",
  "CreateResource",
  "DropResource",
  "DescribeResource",
  "Log",
  "Restart",
  "ActivatePlugin",
  "DeactivatePlugin",
  "Revert",
  "CancelInvocation",
]);

/** Regions that no replay sees again: done over, or reverted. */
export function droppedRegions(entries: readonly IndexedEntry[]): { start: number; end: number }[] {
  return entries.flatMap((indexed) => {
    const entry = fieldsOf(indexed);
    const region = entry.type === "Jump" ? entry.jump : entry.type === "Revert" ? entry.dropped_region : undefined;
    return region ? [region as { start: number; end: number }] : [];
  });
}
