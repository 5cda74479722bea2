import { errorKind, guestMessages, ordinals, plain, policyValues, shape, timeless } from "./normal.ts";
import type { Call, Entry, Recording, UpstreamRequest } from "./recording.ts";
import type { Field } from "./scenario.ts";

/** One thing in which two records of a scenario differ. */
export interface Difference {
  field: Field;
  /** Which call or item of a list. */
  where: string;
  expected: string;
  found: string;
}

/** Real waits are equal within 40 %, or 120 ms: a recovery takes its time. */
const relative = 0.4;
const absolute = 120;

export const sameWait = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= Math.max(absolute, relative * Math.max(a, b)));

const sameCount = (a: number, b: number) => Math.abs(a - b) <= Math.max(3, relative * Math.max(a, b));

const text = (value: unknown): string => {
  const full = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return full.length > 200 ? `${full.slice(0, 197)}…` : full;
};

const json = (value: unknown) => JSON.stringify(value);

/** Everything in which an engine's record differs from the recorded one; nothing: they agree. */
export function differences(expected: Recording, found: Recording): Difference[] {
  const marks = {
    noisy: expected.noisy || found.noisy,
    loose: expected.loose || found.loose,
    unordered: expected.unordered || found.unordered,
  };
  return [
    ...one("failure", Boolean(expected.failure), Boolean(found.failure)),
    ...one("timedOut", expected.timedOut, found.timedOut),
    ...callDifferences(expected.calls, found.calls, marks),
    ...upstreamDifferences(expected.upstream, found.upstream, marks),
    ...oplogDifferences(expected, found, marks),
    ...waitDifferences(expected, found, marks),
    ...workerDifferences(expected, found, marks),
    ...(marks.noisy || marks.loose ? [] : one("messages", guestMessages(expected.calls), guestMessages(found.calls))),
    ...(marks.noisy || marks.loose ? [] : one("notes", timeless(expected.notes), timeless(found.notes))),
  ];
}

type Marks = { noisy?: boolean; loose?: boolean; unordered?: boolean };

function one(field: Field, a: unknown, b: unknown, where = ""): Difference[] {
  return json(a) === json(b) ? [] : [{ field, where, expected: text(a), found: text(b) }];
}

/** The first place where two lists differ. */
function list<T>(field: Field, a: T[], b: T[], same = (x: T, y: T) => json(x) === json(y)): Difference[] {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (i >= a.length || i >= b.length || !same(x as T, y as T))
      return [{ field, where: `#${i + 1}`, expected: text(x), found: text(y) }];
  }
  return [];
}

function callDifferences(a: Call[], b: Call[], marks: Marks): Difference[] {
  const status = (call: Call) => `${call.label}: ${call.status ?? call.failed}`;
  const labels = (calls: Call[]) => calls.map((call) => call.label);
  return [
    ...list("calls", labels(a), labels(b)),
    ...list("status", a.map(status), b.map(status)),
    ...a.flatMap((x, i) => {
      const y = b[i];
      return y && x.label === y.label && x.status === y.status ? answerDifferences(x, caughtUp(x, y, a), marks) : [];
    }),
  ];
}

/** Milliseconds for which a server shows a worker as Running that has just given an answer. */
const statusLag = 100;

/** The call as if the status lagged behind in it as it did when the other was recorded: that it does is Golem's, how long is the machine's. */
function caughtUp(recorded: Call, found: Call, calls: Call[]): Call {
  const lag = ({ path, status, t, ms = 0 }: Call) =>
    path.includes("/invoke-and-await") && status === 200 && t + ms <= recorded.t && recorded.t - t - ms < statusLag;
  if (!isObject(recorded.answer) || !isObject(found.answer)) return found;
  if (recorded.answer.status !== "Running" || found.answer.status !== "Idle" || !calls.some(lag)) return found;
  return { ...found, answer: { ...found.answer, status: "Running" } };
}

function answerDifferences(a: Call, b: Call, { noisy }: Marks): Difference[] {
  const eye = noisy ? shape : plain;
  const type = (call: Call) => (call.contentType ?? "").split(";")[0];
  const found = one("contentType", type(a), type(b), a.label);
  if ((a.value === undefined) !== (b.value === undefined))
    return [...found, ...one("value", a.value, b.value, a.label)];
  if (a.value !== undefined)
    return [
      ...found,
      ...one("value", eye(a.value), eye(b.value), a.label),
      ...one("type", plain(a.type), plain(b.type), a.label),
    ];
  if ((a.status ?? 0) >= 400)
    return [
      ...found,
      ...one("error", errorKind(a.answer), errorKind(b.answer), a.label),
      ...one("error", shape(a.answer), shape(b.answer), a.label),
    ];
  const unkept = typeof a.answer === "string" && / characters$/.test(a.answer);
  if (unkept) return found;
  const [x, y] = [eye(a.answer), eye(b.answer)];
  const key = differingKey(x, y);
  if (key === undefined) return [...found, ...one("answer", x, y, a.label)];
  const at = (value: unknown) => (value as Record<string, unknown>)[key];
  return [...found, ...one("answer", at(x), at(y), `${a.label}.${key}`)];
}

function differingKey(a: unknown, b: unknown): string | undefined {
  if (!isObject(a) || !isObject(b)) return undefined;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].find((key) => json(a[key]) !== json(b[key]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function upstreamDifferences(a: UpstreamRequest[], b: UpstreamRequest[], { loose, unordered }: Marks): Difference[] {
  const request = (r: UpstreamRequest) =>
    `${r.method} ${r.path} ${r.status}${r.aborted ? " aborted" : ""}${r.bodyLength ? ` body ${r.bodyLength}` : ""}`;
  let [x, y] = [a.map(request), b.map(request)];
  const count = loose ? sameCount(x.length, y.length) : x.length === y.length;
  if (loose) [x, y] = [[...new Set(x)].sort(), [...new Set(y)].sort()];
  else if (unordered) [x, y] = [x.sort(), y.sort()];
  const found = [...(count ? [] : one("requests", a.length, b.length)), ...list("requestOrder", x, y)];
  if (a.length !== b.length) return found;
  const heads = ({ headers }: UpstreamRequest) =>
    `traceparent ${Boolean(headers.traceparent)} idempotency-key ${headers.idempotencyKey}`;
  const trace = ({ headers }: UpstreamRequest) => headers.traceId;
  return [
    ...found,
    ...list("headers", a.map(heads), b.map(heads)),
    ...(unordered ? [] : list("traces", a.map(trace), b.map(trace))),
  ];
}

function oplogDifferences(a: Recording, b: Recording, { loose, unordered }: Marks): Difference[] {
  const sameErrors = loose ? sameCount(a.errors, b.errors) : a.errors === b.errors;
  const found = sameErrors ? [] : one("errors", a.errors, b.errors);
  const types = (recording: Recording) => [...new Set(recording.significant)].sort();
  if (loose || unordered) found.push(...list("entryTypes", types(a), types(b)));
  else found.push(...list("entries", a.significant, b.significant));
  if (!loose) {
    const policies = ({ oplog }: Recording) => of("ChangeRetryPolicy", oplog).map(({ policy }) => policyValues(policy));
    found.push(...list("policies", policies(a), policies(b)));
    found.push(...list("functions", functions(a.oplog), functions(b.oplog)));
    found.push(...list("errorLines", errorLines(a.oplog), errorLines(b.oplog)));
  }
  if (!loose && !unordered) {
    found.push(...list("jumps", regions(a.oplog), regions(b.oplog)));
    found.push(...list("begins", begins(a.oplog), begins(b.oplog)));
  }
  return found;
}

const of = (type: string, entries: Entry[]) => entries.filter((entry) => entry.type === type);

const functions = (entries: Entry[]) => of("ExportedFunctionInvoked", entries).map((entry) => entry.function_name);

const errorLines = (entries: Entry[]) => of("Error", entries).map((entry) => entry.error);

/** What Jumps and reverts leave out. */
function regions(entries: Entry[]): string[] {
  const at = ordinals(entries);
  return entries.flatMap(({ type, jump, dropped_region }) => {
    const region = jump ?? dropped_region;
    return region ? [`${type} ${at(region.start)} to ${at(region.end)}`] : [];
  });
}

function begins(entries: Entry[]): string[] {
  const at = ordinals(entries);
  return entries.flatMap(({ type, begin_index }) => (begin_index ? [`${type} of ${at(begin_index)}`] : []));
}

function waitDifferences(a: Recording, b: Recording, { loose }: Marks): Difference[] {
  const [x, y] = [a.waits.map(({ ms }) => ms), b.waits.map(({ ms }) => ms)];
  if (!loose) return a.errors === b.errors ? list("waits", x, y, sameWait) : [];
  if (x.length === 0 || y.length === 0 || sameWait(median(x), median(y))) return [];
  return one("waits", median(x), median(y), "median");
}

function median(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[Math.floor((values.length - 1) / 2)] ?? null;
}

function workerDifferences({ worker: a }: Recording, { worker: b }: Recording, { loose }: Marks): Difference[] {
  return [
    ...one("worker", a?.status ?? null, b?.status ?? null),
    ...one("worker", a?.http ?? null, b?.http ?? null, "http"),
    ...(loose ? [] : one("retryCount", a?.retryCount ?? null, b?.retryCount ?? null)),
    ...one("lastError", Boolean(a?.lastError), Boolean(b?.lastError)),
  ];
}

export const differenceLine = ({ field, where, expected, found }: Difference): string =>
  `${field}${where ? ` ${where}` : ""}: expected ${expected}, found ${found}`;
