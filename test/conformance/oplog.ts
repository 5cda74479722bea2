import type { Entry, Wait } from "./recording.ts";

/** One entry as REST gives it. */
export interface PublicEntry {
  oplogIndex: number;
  // biome-ignore lint/suspicious/noExplicitAny: each type of entry has fields of its own
  entry: { type: string; timestamp: string; [field: string]: any };
}

type Tidy = <T>(value: T) => T;

/** RFC 3339 with any number of digits after the second in milliseconds, fraction kept. */
export function millis(timestamp: string): number {
  const parts = /^(.*:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(timestamp);
  return parts ? Date.parse(`${parts[1]}${parts[3]}`) + Number(parts[2] ?? 0) * 1000 : Date.parse(timestamp);
}

const firstLine = (text: string) => (text.split("\n")[0] ?? "").slice(0, 300);

const thrown = [
  /schedule \S* ?after \d+/,
  /upstream said \d+[^\n"\\]*/,
  /after policy [^\n"\\]*/,
  /run \d+ random [^\n"\\]*/,
  /attempt \d+: \d+/,
  /exhausted after \d+: \d+/,
  /out of time: \d+/,
  /\d of 3 were not ok/,
  /plain[^\n"\\]*/,
  /expected a string[^\n"\\]*/,
];

/** What the guest threw: it is on stderr, so in Log entries and in a final answer, but not in the text of an Error entry. */
export function guestMessage(text: string): string | undefined {
  for (const pattern of thrown) {
    const found = pattern.exec(text);
    if (found) return found[0].trim().slice(0, 200);
  }
  return undefined;
}

/** One public entry, cut down to what a record keeps. @param t0 in ms since 1970 */
export function brief({ oplogIndex, entry }: PublicEntry, t0: number, tidy: Tidy): Entry {
  const out: Entry = {
    index: oplogIndex,
    type: entry.type,
    t: Math.round((millis(entry.timestamp) - t0) * 10) / 10,
  };
  switch (entry.type) {
    case "Create":
      out.args = entry.args;
      out.env = entry.env;
      out.component_version = entry.component_version;
      break;
    case "ImportedFunctionInvoked":
      out.function_name = entry.function_name;
      out.kind = entry.wrapped_function_type?.type;
      if (/future_incoming_response/.test(entry.function_name)) out.response = response(entry.response?.value, tidy);
      if (/generate_idempotency_key|environment|arguments|subscribe_duration/.test(entry.function_name))
        out.response = tidy(entry.response?.value);
      break;
    case "ExportedFunctionInvoked":
      out.function_name = tidy(entry.function_name);
      out.idempotency_key = tidy(entry.idempotency_key);
      out.trace_states = entry.trace_states?.length;
      break;
    case "ExportedFunctionCompleted":
      out.response = tidy(entry.response?.value ?? null);
      break;
    case "Error":
      out.error = tidy(/wasm trap: [^\n]*/.exec(entry.error)?.[0] ?? firstLine(entry.error));
      out.length = entry.error.length;
      break;
    case "Jump":
      out.jump = entry.jump;
      break;
    case "Revert":
      out.dropped_region = entry.dropped_region;
      break;
    case "ChangeRetryPolicy":
      out.policy = entry.new_policy;
      break;
    case "EndAtomicRegion":
    case "EndRemoteWrite":
      out.begin_index = entry.begin_index;
      break;
    case "Log":
      out.level = entry.level;
      out.message = tidy(String(entry.message).slice(0, 160));
      break;
    case "PendingWorkerInvocation":
      out.invocation = tidy(entry.invocation?.full_function_name ?? entry.invocation?.type);
      break;
    case "PendingUpdate":
    case "SuccessfulUpdate":
      out.target_version = entry.target_version;
      break;
    case "FailedUpdate":
      out.target_version = entry.target_version;
      out.details = tidy(firstLine(entry.details ?? ""));
      break;
    case "GrowMemory":
      out.delta = entry.delta;
      break;
    case "CancelInvocation":
      out.idempotency_key = tidy(entry.idempotency_key);
      break;
  }
  return out;
}

/** "pending", the status or what went wrong, out of the recorded value of a response. */
function response(value: unknown, tidy: Tidy): unknown {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(value);
  const status = /"status"\s*:\s*(\d+)/.exec(text)?.[1];
  if (status) return Number(status);
  return /pending/i.test(text) ? "pending" : tidy(text.slice(0, 200));
}

/** What says nothing about whether the worker runs. */
const hints = new Set([
  "Log",
  "PendingWorkerInvocation",
  "PendingUpdate",
  "CancelInvocation",
  "GrowMemory",
  "Restart",
  "Suspend",
]);
export const isHint = (entry: Entry): boolean => hints.has(entry.type);

const noise = new Set([
  "PendingWorkerInvocation", // a call that comes while the worker is being made is pending for a moment, or not
  "GrowMemory",
  "Log",
  "CreateResource",
  "DropResource",
  "DescribeResource",
]);

/** Clock and random reads, polls and the chunks of a body: how many there are is the engine's affair. */
export function isNoise(entry: Entry): boolean {
  if (entry.type !== "ImportedFunctionInvoked") return noise.has(entry.type);
  const name = entry.function_name ?? "";
  if (/future_incoming_response/.test(name)) return entry.response === "pending";
  return /clock|random|io::poll|incoming_body|preopens|get_directories|streams/.test(name);
}

/** The entries up to the nth that matters. */
export function firstSignificant(entries: Entry[], n: number): Entry[] {
  let count = 0;
  return entries.filter((entry) => (isNoise(entry) ? count < n : ++count <= n));
}

/** The order of the entries that matter, as strings. */
export function significant(entries: Entry[]): string[] {
  return entries
    .filter((entry) => !isNoise(entry))
    .map((entry) => {
      if (entry.type !== "ImportedFunctionInvoked") return entry.type;
      return `${entry.function_name}${typeof entry.response === "number" ? ` ${entry.response}` : ""}`;
    });
}

/** Per Error the time to the next entry that is no hint. */
export function waits(entries: Entry[]): Wait[] {
  return entries.flatMap((entry, i): Wait[] => {
    if (entry.type !== "Error") return [];
    const next = entries.slice(i + 1).find((later) => !isHint(later));
    if (!next) return [{ ms: null, next: null }];
    const ms = Math.round(next.t - entry.t);
    return [{ ms, next: next.type, ...(next.jump ? { from: next.jump.start } : {}) }];
  });
}

/** To each Error, what was written to stderr before it. A replayed attempt writes nothing. */
export function attachMessages(entries: Entry[]): Entry[] {
  let text = "";
  return entries.map((entry) => {
    if (entry.type === "Log") text += `${entry.message}\n`;
    if (entry.type !== "Error") return entry;
    const guest = guestMessage(text);
    text = "";
    return guest ? { ...entry, guest } : entry;
  });
}
