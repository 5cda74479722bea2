import { type HostRetryPolicy, isHint, type OplogEntry, type OplogIndex } from "./oplog/entries.js";
import { Regions } from "./oplog/regions.js";

/** What works on minigolem and hurts on a Golem 1.2 server. */
export interface Hazard {
  kind: HazardKind;
  /** What was seen, and what a server makes of it. */
  message: string;
  /** What to do instead. */
  remedy: string;
  /** The recording, or claim of the conformance suite, that shows it. Without one it was read in Golem's source. */
  claim?: string;
}

const catalogue = {
  "overlapping-requests": {
    message: "two HTTP requests were under way at once; a server sends both again in each recovery, and may hang in it",
    remedy: "await one request before the next, or make them inside one atomic region",
    claim: "parallel-ok-then-throw",
  },
  "unread-response": {
    message:
      "a call ended with a response body that was not read to its end; a server sends the request again in each recovery, at min-delay and without an end",
    remedy: "read each body to its end (await response.text()) before you go on or throw",
    claim: "unread-endless",
  },
  "request-unanswered": {
    message:
      "a call ended with a request that never got its whole answer (refused, reset, timed out or aborted); each later recovery goes back to that request, and executes everything after it again",
    remedy: "make the request in a step of golem-retry, which leaves nothing unanswered in the history",
    claim: "caught-then-anew",
  },
  "suspended-in-region": {
    message:
      "a worker was suspended inside an atomic region that had made requests. It waited ten seconds or more, or for a promise. When it wakes, it makes the requests again, from the region's begin",
    remedy: "wait outside the region, or less than ten seconds at a time",
    claim: "sleep-in-region-long",
  },
  "update-during-step": {
    message:
      "an update was asked for while an atomic region was open: it fails, and on a server one that comes just before a suspension leaves the worker Retrying for good",
    remedy: "update a worker when it is idle",
    claim: "patient-update-long",
  },
  "step-in-ephemeral": {
    message:
      "a worker of an ephemeral component opened an atomic region or jumped back; a server never recovers such a worker, and when it traps its caller never gets an answer",
    remedy: "use a durable component for what has to be retried",
    claim: "patient-ephemeral",
  },
  "own-oplog-read-in-region": {
    message:
      'a component read its own oplog inside an atomic region; in a replay it gets more to read, and a server may fail the worker with "Unexpected oplog entry"',
    remedy: "keep an attempt number in wasi:keyvalue, as retrying() of golem-retry does",
    claim: "count-errors-twice",
  },
  "region-left-open": {
    message: "a call returned with an atomic region still open; each later recovery starts again from there",
    remedy:
      "await each step: a call without await returns before its step has ended. Close a region of your own on every path that returns, or use atomically() of golem-retry",
    claim: "step-caught",
  },
  "policy-restored-by-failing-call": {
    message: "a call put the old retry policy back and then failed: the old policy decides, the override had no effect",
    remedy: "restore on success only: withRetryPolicy() of golem-retry",
    claim: "finally-restore",
  },
  "region-closed-by-failing-call": {
    message:
      "a call closed its atomic region and then failed: the failure is on record and is replayed, nothing is executed again",
    remedy: "close on success only: atomically() of golem-retry",
    claim: "region-finally",
  },
  "region-without-bound": {
    message:
      "an atomic region was executed again more often than max-attempts allows: on Golem 1.2 its Jump resets the count, so Golem retries it without end at min-delay",
    remedy: "use retrying() of golem-retry, which counts for itself",
    claim: "region-more-than-max",
  },
  "retry-not-interruptible": {
    message:
      "an interrupt came while the worker waited for its retry; a server ignores it, and a delete hangs until the retry succeeds or fails",
    remedy: "wait inside the component: retrying() of golem-retry does so by default",
    claim: "retrying-interrupt",
  },
  socket: {
    message:
      "a component asked for a socket or looked up a name, and got access-denied; a server opens sockets but keeps no record of them: each recovery connects and sends again",
    remedy: "use wasi:http, whose requests and responses are on record",
  },
} as const;

/** The name of a hazard. */
export type HazardKind = keyof typeof catalogue;

export const hazard = (kind: HazardKind): Hazard => ({ kind, ...catalogue[kind] });

/** In one line, as it is printed. */
export const hazardLine = ({ kind, message, remedy, claim }: Hazard): string =>
  `hazard ${kind}: ${message}. Instead: ${remedy}. (Golem 1.2.0, ${claim ? `recording ${claim}` : "read in its source"})`;

/** The error by which retrying() of golem-retry fails on purpose; it counts for itself. */
const onPurpose = /Attempted to jump forward in oplog/;

/** Entries without which an invocation has done nothing of the kind. */
const telling: ReadonlySet<OplogEntry["type"]> = new Set([
  "BeginRemoteWrite",
  "BeginAtomicRegion",
  "EndAtomicRegion",
  "ChangeRetryPolicy",
  "Jump",
]);

/**
 * What an invocation did that a Golem server does not take well.
 * @param log from the worker's first entry
 * @param skipped what a replay leaves out of it
 * @param begin where the invocation's `ExportedFunctionInvoked` is
 * @param failed whether it ended in a trap, which may not be on record yet
 * @param policyBefore in force when it began
 */
export function findHazards(
  log: readonly OplogEntry[],
  skipped: Regions,
  begin: OplogIndex,
  failed: boolean,
  policyBefore: HostRetryPolicy,
): Set<HazardKind> {
  const found = new Set<HazardKind>();
  if (!log.slice(begin).some(({ type }) => telling.has(type))) return found; // most calls
  const requests = new Set<OplogIndex>();
  const regions = new Set<OplogIndex>();
  const policies = [policyBefore];
  let last: OplogEntry | undefined;
  for (let i = begin; i <= log.length; i++) {
    const entry = log[i - 1] as OplogEntry;
    if (skipped.has(i)) continue;
    if (!isHint(entry) && !isNoise(entry)) last = entry;
    if (entry.type === "BeginRemoteWrite") {
      if (requests.size > 0 && regions.size === 0) found.add("overlapping-requests");
      requests.add(i);
    } else if (entry.type === "EndRemoteWrite") requests.delete(entry.beginIndex);
    else if (entry.type === "BeginAtomicRegion") regions.add(i);
    else if (entry.type === "EndAtomicRegion") regions.delete(entry.beginIndex);
    else if (entry.type === "ChangeRetryPolicy") policies.push(entry.policy);
  }
  if (regions.size === 0)
    for (const begin of requests) found.add(isWhole(log, skipped, begin) ? "unread-response" : "request-unanswered");
  const most = Math.max(...policies.map(({ maxAttempts }) => maxAttempts)); // a component that bounds it itself ends with 0
  if (reexecutions(log, begin) > most) found.add("region-without-bound");
  if (failed) {
    if (last?.type === "EndAtomicRegion") found.add("region-closed-by-failing-call");
    const [old, ...set] = policies.map(text);
    if (last?.type === "ChangeRetryPolicy" && set.at(-1) === old && set.some((policy) => policy !== old))
      found.add("policy-restored-by-failing-call");
  } else if (regions.size > 0) found.add("region-left-open");
  return found;
}

/** The response to the request that began at `begin` has come, and its body did not break off. */
function isWhole(log: readonly OplogEntry[], skipped: Regions, begin: OplogIndex): boolean {
  const responses = log.flatMap((entry, i) =>
    entry.type === "ImportedFunctionInvoked" && entry.beginIndex === begin && !skipped.has(i + 1)
      ? [entry.response as { type?: unknown; failed?: unknown } | null]
      : [],
  );
  return responses.some((one) => one?.type === "headers") && !responses.some((one) => one?.failed !== undefined);
}

/** Where the outermost atomic region that is open at the end of a log begins. */
function openRegion(log: readonly OplogEntry[], skipped: Regions): OplogIndex | undefined {
  const open = new Set<OplogIndex>();
  log.forEach((entry, i) => {
    if (skipped.has(i + 1)) return;
    if (entry.type === "BeginAtomicRegion") open.add(i + 1);
    else if (entry.type === "EndAtomicRegion") open.delete(entry.beginIndex);
  });
  return [...open][0];
}

/** An atomic region is open at the end of the log. */
export const inOpenRegion = (log: readonly OplogEntry[]): boolean => openRegion(log, Regions.of(log)) !== undefined;

/** Something outside was written in the atomic region that is open at the end of the log: a recovery does it again. */
export function doneInRegion(log: readonly OplogEntry[], skipped: Regions): boolean {
  const begin = openRegion(log, skipped);
  if (begin === undefined) return false;
  return log.some(
    (entry, i) =>
      i >= begin &&
      (entry.type === "BeginRemoteWrite" ||
        (entry.type === "ImportedFunctionInvoked" && entry.kind === "WriteRemote")) &&
      !skipped.has(i + 1),
  );
}

/** Errors of an invocation that were followed by a Jump back into an open region. */
function reexecutions(log: readonly OplogEntry[], begin: OplogIndex): number {
  let count = 0;
  let failure: string | undefined;
  for (const entry of log.slice(begin)) {
    if (entry.type === "Error") failure = entry.error;
    else if (
      entry.type === "Jump" &&
      failure !== undefined &&
      log[entry.jump.start - 2]?.type === "BeginAtomicRegion"
    ) {
      if (!onPurpose.test(failure)) count++;
      failure = undefined;
    }
  }
  return count;
}

const isNoise = (entry: OplogEntry) =>
  entry.type === "ImportedFunctionInvoked" &&
  /^(monotonic_clock|golem io::poll|cli::preopens)/.test(entry.functionName);

/** Two policies that read alike do the same; the jitter is lost when a component sets one. */
const text = ({ maxAttempts, minDelay, maxDelay, multiplier }: HostRetryPolicy) =>
  [maxAttempts, minDelay, maxDelay, multiplier].join(" ");
