/** What counts as the same although it is not. */
import { milliseconds, type PolicyEntry } from "./durations.ts";
import { isNoise } from "./oplog.ts";
import type { Call, Entry } from "./recording.ts";

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g;
const ofTheRun = /(createdAt|timestamp|componentSize|totalLinearMemorySize|consumed_fuel|accountId)$/;

/** Where in the component's bytes or bundle: a component that was built again has other numbers. */
const address = /\b0x[0-9a-f]+\b|<wasm function \d+>|@[^\s:@]+\.js:\d+:\d+/g;

const sorted = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

/** A result that is JSON in a string is compared as JSON. */
function unwrapped(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A value without ids and times, keys in order. */
export function plain(value: unknown, key = ""): unknown {
  if (ofTheRun.test(key)) return value === undefined ? undefined : "*";
  if (typeof value === "string") {
    const text = value.replace(uuid, "<uuid>").replace(time, "<time>").replace(address, "<code>");
    const inner = unwrapped(text);
    return typeof inner === "string" ? inner : plain(inner);
  }
  if (Array.isArray(value)) return value.map((each) => plain(each));
  if (value === null || typeof value !== "object") return value;
  const own = sorted(value).filter(([name]) => name !== "hazards"); // a field of minigolem's own
  return Object.fromEntries(own.map(([name, each]) => [name, plain(each, name)]));
}

/** Keys and the types of the leaves. */
export function shape(value: unknown): unknown {
  if (typeof value === "string") {
    const inner = unwrapped(value);
    return typeof inner === "string" ? "string" : shape(inner);
  }
  if (Array.isArray(value)) return value.length > 0 ? [shape(value[0])] : [];
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  const own = sorted(value).filter(([name]) => name !== "hazards");
  return Object.fromEntries(own.map(([name, each]) => [name, shape(each)]));
}

/** The kind of an error's answer. */
export function errorKind(answer: unknown): unknown {
  if (typeof answer === "string") return answer === "" ? "empty" : "text";
  if (!answer || typeof answer !== "object") return answer ?? null;
  if ("golemError" in answer) return `golemError ${(answer.golemError as { type?: string }).type}`;
  if ("errors" in answer) return "errors";
  if ("error" in answer) return "error";
  return Object.keys(answer).sort().join("+") || "{}";
}

/** A policy in numbers. */
export const policyValues = (policy: PolicyEntry | undefined): unknown[] => [
  policy?.max_attempts,
  rounded(policy?.min_delay),
  rounded(policy?.max_delay),
  policy?.multiplier ?? null,
  policy?.max_jitter_factor ?? null,
];

const rounded = (text: string | undefined) => {
  const ms = text === undefined ? undefined : milliseconds(text);
  return ms === undefined ? text : Math.round(ms);
};

/** The notes of a run without its times. */
export const timeless = (notes: Record<string, unknown>): string =>
  JSON.stringify(plain(notes), (key, value) => (key === "ms" || key === "gave in" ? undefined : value));

/** Where an index of the oplog points to, counted in entries that matter: how many reads of clocks lie between is the engine's affair. */
export const ordinals = (entries: Entry[]): ((index: number) => number) => {
  const indices = entries.filter((entry) => !isNoise(entry)).map((entry) => entry.index);
  return (index) => indices.filter((each) => each < index).length;
};

/** What the guest threw, per call that failed. */
export const guestMessages = (calls: Call[]): (string | null)[] =>
  calls.filter((call) => (call.status ?? 0) >= 400).map((call) => call.guest ?? null);
