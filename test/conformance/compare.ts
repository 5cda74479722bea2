import { oplogDifferences } from "./compare-oplog.ts";
import { type Difference, fields, isObject, list, one } from "./differ.ts";
import { errorKind, guestMessages, levelled, plain, sameCount, sameWait, shape, timeless } from "./normal.ts";
import type { Call, Marks, Recording, UpstreamRequest } from "./recording.ts";

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
    ...(marks.loose ? [] : fields("notes", timeless(expected.notes), timeless(found.notes), "")),
  ];
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
  const [given, got] = levelled(a.answer, b.answer);
  if ((a.status ?? 0) >= 400)
    return [
      ...found,
      ...one("error", errorKind(a.answer), errorKind(b.answer), a.label),
      ...one("error", shape(a.answer), shape(b.answer), a.label),
      ...(noisy ? [] : fields("error", plain(given), plain(got), a.label)),
    ];
  const unkept = typeof a.answer === "string" && / characters$/.test(a.answer);
  return unkept ? found : [...found, ...fields("answer", eye(given), eye(got), a.label)];
}

function upstreamDifferences(a: UpstreamRequest[], b: UpstreamRequest[], { loose, unordered }: Marks): Difference[] {
  const request = (r: UpstreamRequest) =>
    `${r.method} ${r.path} ${r.status}${r.aborted ? " aborted" : ""}${r.bodyLength ? ` body ${r.bodyLength}` : ""}`;
  let [x, y] = [a.map(request), b.map(request)];
  const count = loose ? sameCount(x.length, y.length) : x.length === y.length;
  if (loose) [x, y] = [[...new Set(x)].sort(), [...new Set(y)].sort()];
  else if (unordered) [x, y] = [x.sort(), y.sort()];
  const found = [...(count ? [] : one("requests", a.length, b.length)), ...list("requestOrder", x, y)];
  if (a.length !== b.length) return found;
  const heads = ({ headers }: UpstreamRequest) => `${headers.names} idempotency-key ${headers.idempotencyKey}`;
  const trace = ({ headers }: UpstreamRequest) => headers.traceId;
  return [
    ...found,
    ...list("headers", a.map(heads), b.map(heads)),
    ...(unordered ? [] : list("traces", a.map(trace), b.map(trace))),
  ];
}

function waitDifferences(a: Recording, b: Recording, { loose }: Marks): Difference[] {
  const [x, y] = [a.waits.map(({ ms }) => ms), b.waits.map(({ ms }) => ms)];
  if (!loose) return a.errors === b.errors ? list("waits", x, y, sameWait) : [];
  const [usual, here] = [median(x), median(y)];
  return sameWait(usual, here) ? [] : one("waits", usual, here, "median");
}

function median(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[Math.floor((values.length - 1) / 2)] ?? null;
}

function workerDifferences({ worker: a }: Recording, { worker: b }: Recording, { noisy, loose }: Marks): Difference[] {
  const [lastError, otherError] = levelled(a?.lastError || null, b?.lastError || null);
  return [
    ...one("worker", a?.status ?? null, b?.status ?? null),
    ...one("worker", a?.http ?? null, b?.http ?? null, "http"),
    ...one("worker", a?.componentVersion ?? null, b?.componentVersion ?? null, "version"),
    ...one("pending", a?.pendingInvocationCount ?? null, b?.pendingInvocationCount ?? null, "at the end"),
    ...(loose ? [] : one("retryCount", a?.retryCount ?? null, b?.retryCount ?? null)),
    ...one("lastError", lastError !== null, otherError !== null),
    ...(noisy || loose ? [] : one("lastError", plain(lastError), plain(otherError))),
  ];
}
