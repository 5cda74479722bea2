/** Values with what is masked left out. */
import { isObject } from "./differ.ts";
import { milliseconds, type PolicyEntry } from "./durations.ts";
import { fieldMasks, textMasks } from "./masks.ts";
import { isNoise } from "./oplog.ts";
import type { Call, Entry } from "./recording.ts";

const maskedFields = new Set(fieldMasks.flatMap(({ fields }) => fields));

/** A text with what is masked left out. */
export const masked = (text: string): string =>
  textMasks.reduce((left, { pattern, as }) => left.replace(pattern, as as string), text);

const cut = /[^\n]*… \(\d+\)$/;

/** The lines that are there to their ends. */
const whole = (text: string) => (cut.test(text) ? masked(text.replace(cut, "")).trimEnd() : masked(text));

/** Two values whose long texts end where the shorter one was cut off: a record keeps 600 characters. */
export function levelled(a: unknown, b: unknown): [unknown, unknown] {
  if (typeof a === "string" && typeof b === "string") {
    const isCut = [cut.test(a), cut.test(b)];
    if (!isCut.includes(true)) return [a, b];
    const [x, y] = [whole(a), whole(b)];
    const length = Math.min(isCut[0] ? x.length : Infinity, isCut[1] ? y.length : Infinity);
    return [x.slice(0, length), y.slice(0, length)];
  }
  if (!isObject(a) || !isObject(b)) return [a, b];
  const pairs = Object.keys(a).map((key) => [key, levelled(a[key], b[key])] as const);
  const side = (i: 0 | 1) => Object.fromEntries(pairs.map(([key, pair]) => [key, pair[i]]));
  return [side(0), { ...b, ...side(1) }];
}

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

/** A value without what is masked, keys in order. */
export function plain(value: unknown, key = ""): unknown {
  if (maskedFields.has(key)) return value === undefined ? undefined : "*";
  if (typeof value === "string") {
    const inner = unwrapped(masked(value));
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
export const timeless = (notes: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(plain(notes), (key, value) => (key === "ms" || key === "gave in" ? undefined : value)));

/** Where an index of the oplog points to, counted in entries that matter: how many reads of clocks lie between is the engine's affair. */
export const ordinals = (entries: Entry[]): ((index: number) => number) => {
  const indices = entries.filter((entry) => !isNoise(entry)).map((entry) => entry.index);
  return (index) => indices.filter((each) => each < index).length;
};

/** What the guest threw, per call that failed. */
export const guestMessages = (calls: Call[]): (string | null)[] =>
  calls.filter((call) => (call.status ?? 0) >= 400).map((call) => call.guest ?? null);

/** Numbers of things that go on for a given time: a slow machine does fewer, and one alone would be no repetition. */
export const sameCount = (a: number, b: number): boolean => a === b || (b > 1 && b - a <= Math.max(3, 0.4 * b));

/** Real waits are as recorded, less 40 % or 120 ms that a recovery took there; a busy machine may take much longer. */
const relative = 0.4;
const absolute = 120;

const within = (difference: number, wait: number) => difference <= Math.max(absolute, relative * wait);

export const sameWait = (recorded: number | null, found: number | null): boolean =>
  recorded === found ||
  (recorded !== null && found !== null && within(recorded - found, recorded) && found <= 3 * recorded + 3000);

/** How long a guest slept in virtual time: a recorded time includes what the server itself took. */
export const sameSleep = (recorded: number, found: number): boolean =>
  found >= 0.8 * recorded - 10 && within(found - recorded, found);
