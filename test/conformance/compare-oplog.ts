import { type Difference, list, one } from "./differ.ts";
import { levelled, masked, ordinals, plain, policyValues, sameCount, shape } from "./normal.ts";
import { isNoise } from "./oplog.ts";
import type { Call, Entry, Marks, Recording } from "./recording.ts";

const of = (type: string, entries: Entry[]) => entries.filter((entry) => entry.type === type);

const distinct = (values: string[]) => [...new Set(values)].sort();

/** In what two oplogs differ. */
export function oplogDifferences(a: Recording, b: Recording, marks: Marks): Difference[] {
  const { loose, unordered } = marks;
  const sameErrors = loose ? sameCount(a.errors, b.errors) : a.errors === b.errors;
  const found = sameErrors ? [] : one("errors", a.errors, b.errors);
  const types = (recording: Recording) => distinct(recording.significant);
  if (loose || unordered) found.push(...list("entryTypes", types(a), types(b)));
  else found.push(...list("entries", a.significant, b.significant));
  found.push(...one("environment", environment(a.oplog), environment(b.oplog)));
  found.push(...list("kinds", kinds(a.oplog, b.oplog), kinds(b.oplog, a.oplog)));
  found.push(...responseDifferences(a.oplog, b.oplog, marks));
  if (!loose) found.push(...exactly(a, b));
  if (!loose && !unordered) {
    found.push(...list("jumps", regions(a.oplog), regions(b.oplog)));
    found.push(...list("begins", begins(a.oplog), begins(b.oplog)));
  }
  return found;
}

/** What does not depend on how many attempts fit into a time. */
function exactly(a: Recording, b: Recording): Difference[] {
  const policies = ({ oplog }: Recording) => of("ChangeRetryPolicy", oplog).map(({ policy }) => policyValues(policy));
  return [
    ...list("policies", policies(a), policies(b)),
    ...list("functions", functions(a.oplog), functions(b.oplog)),
    ...list("keys", keys(a), keys(b)),
    ...list("pending", pending(a.oplog), pending(b.oplog)),
    ...list("updates", updates(a.oplog), updates(b.oplog)),
    ...list("errorLines", errorLines(a.oplog), errorLines(b.oplog)),
    ...(a.noisy || b.noisy ? [] : logDifferences(a.oplog, b.oplog)),
  ];
}

/** What a worker was made with. */
const environment = (entries: Entry[]) =>
  of("Create", entries).map(({ args, env, component_version }) => plain({ args, env, component_version }));

/** What kind of function each host call was. Of the clocks, polls and such there may be none in the other. */
function kinds(entries: Entry[], other: Entry[]): string[] {
  const there = new Set(other.map(({ function_name }) => function_name));
  const called = of("ImportedFunctionInvoked", entries).filter((one) => !isNoise(one) || there.has(one.function_name));
  return distinct(called.map(({ function_name, kind }) => `${function_name} ${kind}`));
}

/** What host calls and exported functions gave. */
function responseDifferences(a: Entry[], b: Entry[], { noisy, loose, unordered }: Marks): Difference[] {
  const eye = noisy ? shape : plain;
  const order = loose || unordered ? distinct : (values: string[]) => values;
  const called = (entries: Entry[]) =>
    entries
      .filter((entry) => entry.type === "ImportedFunctionInvoked" && "response" in entry && !isNoise(entry))
      .map(({ function_name, response }) => `${function_name} ${JSON.stringify(plain(sortedVariables(response)))}`);
  const gave = (entries: Entry[]) =>
    of("ExportedFunctionCompleted", entries).map(({ response }) => JSON.stringify(eye(response)));
  return [...list("responses", order(called(a)), order(called(b))), ...list("results", order(gave(a)), order(gave(b)))];
}

/** A list of environment variables, which Golem keeps in a map without order, by their names. */
function sortedVariables(response: unknown): unknown {
  const { ok } = (response ?? {}) as { ok?: unknown };
  return Array.isArray(ok) && Array.isArray(ok[0]) ? { ok: [...ok].sort(([x], [y]) => (x < y ? -1 : 1)) } : response;
}

const functions = (entries: Entry[]) => of("ExportedFunctionInvoked", entries).map((entry) => entry.function_name);

/** Which calls had the same idempotency key: a number stands for each, in the order in which the entries have them. */
function keys({ calls, oplog }: Recording): string[] {
  const known: unknown[] = [];
  const number = (key: unknown) => {
    if (!known.includes(key)) known.push(key);
    return known.indexOf(key) + 1;
  };
  const asked = calls.flatMap(({ label, idempotencyKey }: Call) =>
    idempotencyKey ? [`${label} ${number(idempotencyKey)}`] : [],
  );
  const entries = oplog.filter(({ idempotency_key }) => idempotency_key !== undefined);
  return [...asked, ...entries.map(({ type, idempotency_key }) => `${type} ${number(idempotency_key)}`)];
}

/** Calls that waited in the queue. The first one of a worker may have waited for it to be made, or not. */
function pending(entries: Entry[]): unknown[] {
  const first = entries.findIndex(({ type }) => type === "ExportedFunctionInvoked");
  return of("PendingWorkerInvocation", entries.slice(Math.max(0, first))).map(({ invocation }) => invocation);
}

const updates = (entries: Entry[]) =>
  entries
    .filter(({ target_version }) => target_version !== undefined)
    .map(({ type, target_version, details = null }) => `${type} ${target_version} ${details}`);

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

/** What the guest wrote, line by line. A record keeps 160 characters of each entry. */
function logDifferences(a: Entry[], b: Entry[]): Difference[] {
  const written = (entries: Entry[]) =>
    of("Log", entries).map(({ level, message = "" }) => `${level}: ${message}${isCut(message) ? "… (160)" : ""}`);
  const same = (x: string, y: string) => {
    const [one, other] = levelled(x, y) as [string, string];
    return masked(one) === masked(other);
  };
  return list("logs", written(a), written(b), same);
}

/** Names were put in after it was cut, so it may be shorter. A stack ends in an empty line; one that ends in a line was cut there. */
const isCut = (message: string) => message.length > 120 && !/(^|\n)\n$|^[^\n]*\n$/.test(message);
