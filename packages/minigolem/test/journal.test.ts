import { expect, test } from "vitest";
import { Journal } from "../src/guest/journal.js";
import { Interrupt } from "../src/guest/signals.js";
import type { NewEntry, OplogEntry } from "../src/oplog/entries.js";
import { invoked, record, types } from "./record.js";

const pending: NewEntry = { ...invoked, type: "PendingWorkerInvocation" };
const get = (beginIndex: number): NewEntry => ({
  type: "ImportedFunctionInvoked",
  functionName: "get",
  kind: "WriteRemoteBatched",
  beginIndex,
  request: null,
  response: "answer",
});

/** An instance that is made from a record; what it adds to the record is the same array. */
function replay(log: OplogEntry[]): Journal {
  const journal = new Journal({ log, now: () => 0, commit: () => {} });
  journal.nextInvocation();
  return journal;
}

test.each<["a region" | "a request", NewEntry, (journal: Journal) => void]>([
  ["a region", { type: "BeginAtomicRegion" }, (journal) => void journal.beginRegion()],
  ["a request", { type: "BeginRemoteWrite" }, (journal) => void journal.beginBatch()],
])(
  "a call that arrives during a recovery does not keep a replay from skipping %s that is made again",
  (_, begin, open) => {
    const log = record(invoked, begin, { type: "NoOp" });
    const first = replay(log);
    first.add(pending); // recorded for the main thread while the instance still replays
    open(first);
    expect(log.at(-1)).toMatchObject({ type: "Jump", jump: { start: 3, end: 5 } });
    first.completed(null);

    const second = replay(log);
    expect(() => open(second)).not.toThrow();
    if (begin.type === "BeginAtomicRegion") second.endRegion(2);
    expect(types(log).filter((type) => type === "Jump").length).toBeGreaterThan(0);
  },
);

test("what was done elsewhere is committed before the next effect; what was only read is committed with it", () => {
  const log = record(invoked);
  const committed: string[] = [];
  const commit = (entries: OplogEntry[]) =>
    void committed.push(
      ...entries.map((entry) => (entry.type === "ImportedFunctionInvoked" ? entry.functionName : "")),
    );
  const journal = new Journal({ log, now: () => 0, commit });
  journal.nextInvocation();
  const effect = (name: string) => () => committed.push(`effect of ${name}`);
  journal.durable("read", "ReadLocal", null, effect("read"));
  journal.durable("set", "WriteRemote", null, effect("set"));
  journal.durable("delete", "WriteRemote", null, effect("delete"));
  expect(committed).toEqual(["effect of read", "effect of set", "read", "set", "effect of delete", "delete"]);
});

test("of overlapping requests that are made again, none waits for an answer that went with the record", () => {
  const log = record(
    invoked,
    { type: "BeginRemoteWrite" },
    { type: "BeginRemoteWrite" },
    get(2),
    { type: "EndRemoteWrite", beginIndex: 2 },
    get(3),
  );
  const first = replay(log);
  first.beginBatch(); // its answer is complete, and nothing came between
  expect(() => first.beginBatch()).toThrow(Interrupt); // this one's is not: both have to be made again
  expect(log.at(-1)).toMatchObject({ type: "Jump", jump: { start: 3, end: 7 } });

  const second = replay(log);
  second.beginBatch();
  expect(second.live).toBe(true); // it goes out
});

test("spans, marks and policies are recorded when live, and read in a replay", () => {
  const log = record(invoked);
  const policy = { maxAttempts: 1, minDelay: 0n, maxDelay: 0n, multiplier: 1 };
  const act = (journal: Journal, spanId: string) => {
    const span = journal.startSpan({ spanId, attributes: {} });
    const mark = journal.noOp();
    journal.changePolicy(policy);
    journal.finishSpan(span);
    return [span, mark, journal.policy, journal.live];
  };
  expect(act(replay(log), "s1")).toEqual(["s1", 3, policy, true]);
  expect(types(log).slice(1)).toEqual(["StartSpan", "NoOp", "ChangeRetryPolicy", "FinishSpan"]);
  expect(act(replay(log), "s2")).toEqual(["s1", 3, policy, true]);
  expect(log).toHaveLength(5);
});

test("a text is shown when it is new: not in a replay, and not when it is the last of the record", () => {
  const log = record(invoked, { type: "NoOp" }, { type: "Log", level: "Stderr", context: "", message: "once" });
  const journal = replay(log);
  expect(journal.log("Stderr", "", "early")).toBe(false);
  journal.noOp();
  expect(journal.log("Stdout", "", "once")).toBe(true); // on another stream
  expect(journal.log("Stderr", "", "once")).toBe(false);
  expect(journal.log("Stderr", "", "once")).toBe(true);
  expect(log.slice(3)).toMatchObject([{ level: "Stdout" }, { type: "Log", level: "Stderr", message: "once" }]);
});
