import { describe, expect, test } from "vitest";
import type { GuestContext } from "../src/guest/context.js";
import { Journal } from "../src/guest/journal.js";
import { oplogReaders } from "../src/guest/oplog-api.js";
import { Divergence, HostTrap, UpdateFailed } from "../src/guest/signals.js";
import { Exchanges } from "../src/guest/wasi/http-exchange.js";
import type { NewEntry, OplogEntry } from "../src/oplog/entries.js";
import { invoked, record, types } from "./record.js";

const called = (functionName: string, response: unknown): NewEntry => ({
  type: "ImportedFunctionInvoked",
  functionName,
  kind: "ReadLocal",
  request: null,
  response,
});
const create = { type: "Create", componentId: "c", workerName: "w", componentVersion: 0 } as NewEntry;
const said: NewEntry = { type: "Log", level: "Stderr", context: "", message: "once" };
const one = { typ: { type: "U8" }, value: 1 };

/** An instance that is made from a record, and what it has committed. */
function instanceOf(log: OplogEntry[], options: Partial<ConstructorParameters<typeof Journal>[0]> = {}) {
  const committed: OplogEntry[] = [];
  const journal = new Journal({ log, now: () => 7, commit: (entries) => void committed.push(...entries), ...options });
  journal.nextInvocation();
  return { journal, committed };
}
/** A host call that must be answered from the record. */
const replayed = (journal: Journal, name: string) =>
  journal.durable(name, "ReadLocal", null, () => expect.unreachable("the call was made again"));

describe("a host call", () => {
  test("is made once, recorded with its time, and answered from the record afterwards", () => {
    const log = record(create, said, invoked);
    const { journal } = instanceOf(log);
    expect([journal.live, journal.index]).toEqual([true, 3]);
    expect(journal.durable("now", "ReadLocal", { zone: 1 }, () => 42)).toBe(42);
    expect(log[3]).toEqual({ at: 7, ...called("now", 42), request: { zone: 1 } });

    const again = instanceOf(log).journal;
    expect([again.live, again.index]).toEqual([false, 3]);
    expect(replayed(again, "now")).toBe(42);
    expect([again.live, again.index]).toEqual([true, 4]);
  });

  test("passes over hints, and over what a Jump has dropped", () => {
    const jump: NewEntry = { type: "Jump", jump: { start: 3, end: 6 } };
    const log = record(
      invoked,
      said,
      called("dropped", 1),
      { type: "Error", error: "trap" },
      said,
      jump,
      said,
      called("kept", 2),
    );
    const { journal } = instanceOf(log);
    expect(replayed(journal, "kept")).toBe(2);
    expect(journal.live).toBe(true);
  });

  test("of another name than the one on record ends the replay", () => {
    const { journal } = instanceOf(record(invoked, called("now", 42)));
    expect(() => replayed(journal, "random")).toThrow(Divergence);
    const other = instanceOf(record(invoked, called("now", 42))).journal;
    expect(() => replayed(other, "random")).toThrow(
      "Unexpected imported function call entry in oplog at index 2: expected random, got now",
    );
  });

  test("where something else is on record, or nothing more, ends the replay", () => {
    const { journal } = instanceOf(record(invoked, { type: "NoOp" }));
    expect(() => replayed(journal, "now")).toThrow(
      "Unexpected oplog entry: expected ImportedFunctionInvoked, got NoOp at index 2",
    );
    const ends = instanceOf(record(invoked, said)).journal;
    expect(ends.live).toBe(true); // only a hint was left
  });
});

describe("an invocation", () => {
  test("gives the result that is on record", () => {
    const log = record(invoked, { type: "ExportedFunctionCompleted", response: one }, invoked);
    const { journal } = instanceOf(log);
    expect(journal.completed({ ...one })).toBe(2);
    expect(journal.nextInvocation()).toMatchObject({ index: 3, entry: { functionName: "f" } });
    expect(journal.nextInvocation()).toBeUndefined();
    expect(journal.completed(null)).toBe(4);
    expect(log[3]).toEqual({ at: 7, type: "ExportedFunctionCompleted", response: null });
  });

  test("with another result than the one on record ends the replay, and names both", () => {
    const { journal } = instanceOf(record(invoked, { type: "ExportedFunctionCompleted", response: one }));
    expect(() => journal.completed({ ...one, value: 2 })).toThrow(
      "Unexpected oplog entry at index 2: expected the result 1, got 2",
    );
  });

  test("must be what comes next", () => {
    const journal = new Journal({ log: record(create, { type: "NoOp" }), now: () => 0, commit: () => {} });
    expect(() => journal.nextInvocation()).toThrow(
      "Unexpected oplog entry: expected ExportedFunctionInvoked, got NoOp at index 2",
    );
  });
});

describe("what is recorded is committed", () => {
  test("when the buffer is full, when there is no more room, or when it is asked for", () => {
    const { journal, committed } = instanceOf(record(invoked));
    for (let i = 0; i < 127; i++) journal.noOp();
    expect([committed.length, journal.committed().length]).toEqual([0, 1]);
    journal.noOp();
    expect([committed.length, journal.committed().length]).toEqual([128, 129]);
    journal.noOp();
    journal.commit();
    journal.commit();
    expect(committed).toHaveLength(129);

    const charged = instanceOf(record(invoked), { charge: ({ type }) => type === "NoOp" });
    charged.journal.finishSpan("s");
    expect(charged.committed).toEqual([]);
    charged.journal.noOp();
    expect(types(charged.committed)).toEqual(["FinishSpan", "NoOp"]);
  });

  test("or taken by whoever commits it otherwise; what the main thread recorded is committed already", () => {
    const { journal, committed } = instanceOf(record(invoked));
    journal.noOp();
    expect(types(journal.drain())).toEqual(["NoOp"]);
    journal.takeIn(record({ type: "Error", error: "a" }, said, { type: "Error", error: "b" }));
    journal.commit();
    expect(committed).toEqual([]);
    expect(journal.trailingErrors()).toBe(2);
    journal.noOp();
    expect(journal.trailingErrors()).toBe(2); // not committed
    journal.commit();
    expect(journal.trailingErrors()).toBe(0);
  });
});

describe("a remote write", () => {
  const begin: NewEntry = { type: "BeginRemoteWrite" };
  const end: NewEntry = { type: "EndRemoteWrite", beginIndex: 2 };

  test("stands between its begin and its end where it must not be made twice", () => {
    const log = record(invoked);
    const { journal, committed } = instanceOf(log);
    journal.idempotent = false;
    journal.durable("set", "WriteRemote", null, () => 1);
    expect(types(log)).toEqual([invoked.type, begin.type, "ImportedFunctionInvoked", end.type]);
    expect(committed).toHaveLength(3);
    expect(log[3]).toMatchObject(end);

    const again = instanceOf(log).journal;
    again.idempotent = false;
    expect(again.durable("set", "WriteRemote", null, () => 2)).toBe(1);
    expect(again.live).toBe(true);
  });

  test("that may have been made already is not made again", () => {
    const { journal } = instanceOf(record(invoked, begin));
    journal.idempotent = false;
    expect(() => journal.durable("set", "WriteRemote", null, () => 1)).toThrow(
      new HostTrap("Runtime error: Non-idempotent remote write operation was not completed, cannot retry"),
    );
    expect(journal.live).toBe(true);
  });

  const answer = (beginIndex?: number): NewEntry =>
    ({ ...called("get", "answer"), kind: "WriteRemoteBatched", beginIndex }) as NewEntry;
  const write: NewEntry = { ...called("set", null), kind: "WriteRemote" } as NewEntry;
  const over: NewEntry = { type: "ExportedFunctionCompleted", response: null };

  test.each<[string, NewEntry[]]>([
    ["its own answer", [answer(2)]],
    ["a part without a begin", [answer()]],
    ["a clock that was read", [called("now", 1)]],
  ])("whose end is on record is replayed: %s lies between", (_, between) => {
    const { journal } = instanceOf(record(invoked, begin, ...between, end));
    expect(journal.beginBatch()).toBe(2);
    expect(journal.live).toBe(false);
    for (const entry of between) replayed(journal, (entry as { functionName: string }).functionName);
    journal.endBatch(2);
    expect(journal.live).toBe(true);
  });

  test.each<[string, NewEntry[]]>([
    ["nothing more is on record", []],
    ["another request's answer lies between", [answer(9), end]],
    ["another write lies between", [write, end]],
    ["the end of the call lies between", [over, end]],
    ["the end of another one is all there is", [{ ...end, beginIndex: 9 }]],
  ])("is made again when %s", (_, rest) => {
    const log = record(invoked, begin, ...rest);
    const { journal, committed } = instanceOf(log);
    expect(journal.beginBatch()).toBe(2);
    expect(journal.live).toBe(true);
    expect(log.at(-1)).toMatchObject({ type: "Jump", jump: { start: 3, end: log.length } });
    expect(committed).toHaveLength(1);
    journal.batched("get", 2, null, () => "new");
    journal.endBatch(2);
    expect(types(committed)).toEqual(["Jump", "ImportedFunctionInvoked", "EndRemoteWrite"]);
  });
});

test("where nothing is to be persisted, each call is made and none recorded", () => {
  const log = record(invoked);
  const { journal } = instanceOf(log);
  journal.persistNothing = true;
  journal.idempotent = false;
  expect(journal.durable("set", "WriteRemote", null, () => 1)).toBe(1);
  const begin = journal.beginBatch();
  expect(journal.batched("get", begin, null, () => 2)).toBe(2);
  journal.endBatch(begin);
  expect(log).toHaveLength(1);
});

describe("an atomic region", () => {
  test("is open from its begin to its end", () => {
    const log = record(invoked);
    const { journal } = instanceOf(log);
    const begin = journal.beginRegion();
    expect([begin, journal.inRegion]).toEqual([2, true]);
    journal.endRegion(begin);
    expect(journal.inRegion).toBe(false);
    expect(log[2]).toMatchObject({ type: "EndAtomicRegion", beginIndex: 2 });

    const again = instanceOf(log).journal;
    expect([again.beginRegion(), again.inRegion]).toEqual([2, true]);
    again.endRegion(2);
    expect([again.live, again.inRegion]).toEqual([true, false]);
    expect(types(log)).not.toContain("Jump");
  });

  test("that is open on record keeps another version from taking over", () => {
    const log = record(invoked, { type: "BeginAtomicRegion" }, { type: "EndAtomicRegion", beginIndex: 9 });
    expect(() => instanceOf(log, { updating: () => {} }).journal.beginRegion()).toThrow(UpdateFailed);
  });

  test("does not, when all of it is on record: the version has taken over with what it records first", () => {
    let times = 0;
    const { journal } = instanceOf(record(invoked, { type: "NoOp" }), { updating: () => void times++ });
    journal.noOp();
    expect(times).toBe(0);
    journal.noOp();
    journal.noOp();
    expect(times).toBe(1);
  });
});

describe("a jump back", () => {
  test("is recorded once, and passed over by a replay", () => {
    const log = record(invoked, { type: "NoOp" }, called("now", 1));
    const { journal, committed } = instanceOf(log);
    journal.noOp();
    replayed(journal, "now");
    expect(journal.jumpTo(2n)).toBe(true);
    expect(committed).toEqual([{ at: 7, type: "Jump", jump: { start: 3, end: 4 } }]);
    const again = instanceOf(log).journal;
    again.noOp();
    expect(again.live).toBe(true);
  });

  test("has happened already in a replay", () => {
    const { journal } = instanceOf(record(invoked, { type: "NoOp" }, called("now", 1)));
    journal.noOp();
    expect(journal.jumpTo(1n)).toBe(false);
  });

  test("goes neither forward nor into what was dropped", () => {
    const { journal } = instanceOf(record(invoked, { type: "NoOp" }, { type: "Jump", jump: { start: 2, end: 3 } }));
    expect(journal.jumpTo(3n)).toBe(true); // to where it is
    expect(() => journal.jumpTo(5n)).toThrow("Attempted to jump forward in oplog to index 6 from 5");
    expect(() => journal.jumpTo(2n ** 62n)).toThrow(
      `Attempted to jump forward in oplog to index ${2n ** 62n + 1n} from 5`,
    );
    expect(() => journal.jumpTo(1n)).toThrow("Attempted to jump to a deleted region in oplog to index 2 from 5");
  });
});

describe("a request that is not recorded", () => {
  function exchange(live: boolean) {
    const posted: string[] = [];
    const channel = { on() {}, pump: () => true, post: ({ op }: { op: string }) => void posted.push(op) };
    const context = { channel, journal: { live, persistNothing: true }, instance: 1, limits: { requests: 9 } };
    const request = { url: "http://a", method: "GET", headers: [], body: true };
    const timeouts = { connectTimeout: undefined, firstByteTimeout: undefined, betweenBytesTimeout: undefined };
    const opened = new Exchanges(context as unknown as GuestContext).open({ ...request, ...timeouts });
    opened.write(new Uint8Array(1));
    return { opened, posted };
  }

  test.each([true, false])(
    "is sent once, with its body behind it, however often its answer is asked for (live: %s)",
    (live) => {
      const { opened, posted } = exchange(live);
      expect(posted).toEqual(live ? ["http.start", "http.body"] : []);
      for (let i = 0; i < 3; i++) expect(opened.response()).toEqual({ type: "pending" });
      opened.end([]);
      expect(posted).toEqual(["http.start", "http.body", "http.body-end"]);
    },
  );

  test("is not sent when nobody asks for its answer in a replay", () => {
    const { opened, posted } = exchange(false);
    opened.end([]);
    opened.cancel();
    expect(posted).toEqual([]);
  });
});

describe("an oplog that a component reads", () => {
  const log = record(
    ...Array.from({ length: 1234 }, (_, i) => ({ type: "Error" as const, error: i % 5 === 0 ? "fifth" : "other" })),
  );
  const ranges: number[] = [];
  const { GetOplog, SearchOplog } = oplogReaders((_, from, to) => {
    ranges.push(to - from + 1);
    return log.slice(from - 1, to);
  }) as Record<"GetOplog" | "SearchOplog", new (...args: unknown[]) => { getNext(): unknown[] | undefined }>;
  function pages(reader: { getNext(): unknown[] | undefined }): unknown[][] {
    const all: unknown[][] = [];
    for (let page = reader.getNext(); page; page = reader.getNext()) all.push(page);
    return all;
  }

  test("comes in pages of a hundred, from where it is wanted", () => {
    expect(pages(new GetOplog({}, 1001n)).map(({ length }) => length)).toEqual([100, 100, 34]);
    expect(Math.max(...ranges)).toBe(100);
  });

  test("is searched a part at a time, and each entry is found once, with its index", () => {
    const found = pages(new SearchOplog({}, "fifth"));
    expect(found.map(({ length }) => length)).toEqual([100, 100, 47]);
    const indexes = found.flat().map((one) => Number((one as [bigint])[0]));
    expect(indexes).toEqual(Array.from({ length: 247 }, (_, i) => 5 * i + 1));
    expect(Math.max(...ranges)).toBe(500);
  });

  test("is not searched by a query that is none", () => {
    expect(() => new SearchOplog({}, "(")).toThrow("is no query of the oplog");
  });
});
