import { describe, expect, test } from "vitest";
import type { Verdict } from "../src/durable-step.js";
import type { Fields } from "../src/entries.js";
import type { Execution, Invocation, Region, Step } from "../src/model.js";
import { type Failure, StepTrack } from "../src/step-track.js";

const start = 1_000_000;
const set = "golem keyvalue::eventual::set";
const get = "golem keyvalue::eventual::get";
const imported = (function_name: string, ok?: unknown): Fields => ({
  type: "ImportedFunctionInvoked",
  timestamp: "",
  function_name,
  response: { typ: {}, value: { ok } },
});
const read = (value: object) => imported(get, [...new TextEncoder().encode(JSON.stringify(value))]);
const clock = (at: number) => imported("wall_clock::now", { seconds: (start + at) / 1000, nanoseconds: 0 });

const region = (index: number, at = index): Region => ({ index, at, end: at, closed: false, again: 0 });
const call = (index: number) => ({ index }) as Invocation;
const said = (number: number, next: string | undefined, retries = 4, asked = false): Verdict => ({
  text: "",
  number,
  retries,
  next,
  asked,
});
const execution = (index: number, at = index) =>
  ({
    index,
    at,
    wait: { at, planned: { least: 0, most: 0 }, actual: 0, by: "golem", asked: false, ongoing: true },
  }) as unknown as Execution;
const failure = (more: Partial<Failure> & { execution: Execution }): Failure => ({
  at: more.execution.at,
  onPurpose: true,
  said: undefined,
  ...more,
});
const step = (more: Partial<Step>): Step => ({
  region: 3,
  again: "region",
  retries: 4,
  at: 3,
  end: 20,
  waits: [],
  ...more,
});

describe("what an execution kept", () => {
  test("is nothing before it reads or writes, and after the next has begun", () => {
    const track = new StepTrack(start);
    const nothing = { kept: undefined, storedAt: 0, written: false };
    const state = ({ kept, storedAt, written }: StepTrack) => ({ kept, storedAt, written });
    expect(state(track)).toEqual(nothing);
    track.imported(5, 50, read({ attempt: 2, due: 9 }));
    expect(state(track)).toEqual({ kept: { attempt: 2, due: 9, failed: undefined }, storedAt: 5, written: false });
    track.imported(6, 60, imported(set));
    expect(state(track)).toMatchObject({ storedAt: 6, written: true });
    track.imported(7, 70, imported(get, "no bytes"));
    expect(state(track)).toEqual({ kept: { attempt: 2, due: 9, failed: undefined }, storedAt: 7, written: true });
    track.begin();
    expect(state(track)).toEqual(nothing);
  });

  test("says when it failed: at the last reading of the wall clock before it was written", () => {
    const track = new StepTrack(start);
    expect(track.failedAt(80)).toBe(80);
    track.imported(4, 50, clock(44));
    track.imported(5, 60, read({ attempt: 1 }));
    expect(track.failedAt(80)).toBe(80);
    track.imported(6, 70, imported(set));
    expect(track.failedAt(80)).toBe(44);
    track.imported(7, 72, imported("wall_clock::now"));
    track.imported(8, 75, imported(set));
    expect(track.failedAt(80)).toBe(72);
  });

  test("was written when nothing read the wall clock", () => {
    const track = new StepTrack(start);
    track.imported(6, 70, imported(set));
    expect(track.failedAt(80)).toBe(70);
    track.imported(7, 71, clock(90)); // a clock ahead of the record
    track.imported(8, 72, imported(set));
    expect(track.failedAt(80)).toBe(72);
  });
});

describe("steps that failed", () => {
  test("are told apart by their regions, and from loops that began at the same index", () => {
    const track = new StepTrack(start);
    const [one, two, three, four] = [execution(2), execution(7), execution(11), execution(15)] as [
      Execution,
      Execution,
      Execution,
      Execution,
    ];
    track.failed(one, undefined, call(1), undefined, 10);
    track.failed(two, region(2), call(1), undefined, 20);
    track.failed(three, region(9), call(1), said(1, "1s"), 30);
    track.failed(four, region(2), call(1), said(2, "1s", 5), 40);
    expect(track.all).toEqual([
      step({ region: 2, again: "loop", retries: undefined, at: 2, end: 10 }),
      step({ region: 2, retries: 5, at: 2, end: 40 }),
      step({ region: 9, at: 9, end: 30 }),
    ]);
    expect([one, two, three, four].map((one) => one.step)).toEqual([2, 2, 9, 2]);
  });

  test("keep the first count that they said", () => {
    const track = new StepTrack(start);
    track.failed(execution(4), region(3), call(1), said(1, "1s", 4), 10);
    track.failed(execution(8), region(3), call(1), said(2, "1s", 9), 20);
    expect(track.all).toEqual([step({})]);
  });

  test("are loops of the call that made them", () => {
    const track = new StepTrack(start);
    track.failed(execution(4), undefined, call(3), undefined, 10);
    track.failed(execution(6), undefined, call(4), undefined, 20);
    track.failed(execution(8), undefined, call(5), undefined, 30);
    expect(track.all.map(({ region, end }) => [region, end])).toEqual([
      [4, 20],
      [8, 30],
    ]);
    track.failed(execution(9), region(9), call(9), undefined, 40);
    track.failed(execution(12), undefined, call(9), undefined, 50);
    expect(track.all.map(({ region, again }) => [region, again]).slice(2)).toEqual([
      [9, "region"],
      [12, "loop"],
    ]);
  });

  test("end with their region, and with no other's", () => {
    const track = new StepTrack(start);
    for (const index of [3, 8]) track.failed(execution(index), region(index), call(1), said(1, "1s"), 20);
    track.closed(8, 90);
    track.closed(5, 95);
    expect(track.all.map(({ end }) => end)).toEqual([20, 90]);
  });
});

describe("a wait that is over", () => {
  /** @param kept what the next execution read */
  function waited(more: Partial<Failure>, kept?: object, earlier: Execution[] = []) {
    const track = new StepTrack(start);
    for (const one of earlier) track.failed(one, undefined, call(1), undefined, 5);
    const failed = failure({ execution: execution(4, 20), ...more });
    if (kept) track.imported(9, 25, read(kept));
    track.endWait(failed, call(1), undefined, 70);
    return { track, wait: failed.execution.wait, execution: failed.execution };
  }
  const over = { at: 20, actual: 50, ongoing: false };

  test("of Golem's, lasted from the failure to now", () => {
    expect(waited({ onPurpose: false, mark: 4 }).wait).toMatchObject({ ...over, by: "golem" });
    expect(waited({ onPurpose: false, mark: 4 }).track.all).toEqual([]);
    expect(waited({ at: 90, onPurpose: false }).wait?.actual).toBe(0);
  });

  test("of a step's own, was planned as it was kept", () => {
    const kept = { attempt: 1, due: start + 60 };
    expect(waited({}, kept).wait).toEqual({ ...over, planned: { least: 40, most: 40 }, by: "step", asked: false });
    expect(waited({ said: said(1, "9s", 4, true) }, kept).wait).toMatchObject({ planned: { least: 40 }, asked: true });
    expect(waited({}, { attempt: 1, due: start + 10 }).wait?.planned).toEqual({ least: 0, most: 0 });
    expect(waited({}).wait).toMatchObject({ by: "golem" }); // nothing is known of it
  });

  test("is one of its step's, and no other's", () => {
    const track = new StepTrack(start);
    const [first, second] = [execution(4, 20), execution(9, 30)] as [Execution, Execution];
    track.failed(first, region(3), call(1), said(1, "1s"), 20);
    track.failed(second, region(8), call(1), said(1, "1s"), 30);
    track.imported(12, 35, read({ attempt: 1, due: start + 60 }));
    track.endWait(failure({ execution: first }), call(1), undefined, 70);
    expect(track.all.map(({ end, waits }) => [end, waits.length])).toEqual([
      [70, 1],
      [30, 0],
    ]);
  });

  test("was none when the failure was kept to be handed on", () => {
    const { wait, execution } = waited({}, { attempt: 1, failed: "the story" });
    expect(wait).toBeUndefined();
    expect(execution.error).toBe("the story");
    const named = waited(
      { execution: { ...execution, wait: { ...over } as never, error: "known" } as Execution },
      {
        attempt: 1,
        failed: "the story",
      },
    );
    expect(named.execution.error).toBe("known");
  });

  test("was none after a jump of which nothing is known, and one as long as it said", () => {
    expect(waited({ mark: 4 }).wait).toBeUndefined();
    expect(waited({ mark: 4, said: said(1, "30ms") }).wait).toMatchObject({ planned: { least: 30 }, by: "step" });
    expect(waited({ mark: 4, said: said(1, undefined) }).wait).toMatchObject({ planned: { least: 0 }, by: "step" });
  });

  test("of a loop begins a step at its mark, and goes on with it at the next failure", () => {
    const { track, execution: first } = waited({ mark: 4 }, { attempt: 1, due: start + 60 });
    expect(track.all).toMatchObject([{ region: 4, again: "loop", retries: undefined, at: 20, end: 70 }]);
    expect(first.step).toBe(4);
    track.begin();
    track.imported(15, 80, read({ attempt: 2, due: start + 90 }));
    const second = execution(12, 75);
    track.endWait(failure({ execution: second, mark: 12, said: said(2, "9s", 6) }), call(1), undefined, 99);
    expect(track.all).toMatchObject([{ region: 4, retries: 6, end: 99, waits: [{ actual: 50 }, { actual: 24 }] }]);
    expect(second.step).toBe(4);
    track.begin();
    track.imported(25, 100, read({ attempt: 1, due: start + 120 }));
    track.endWait(failure({ execution: execution(22, 100), mark: 22, said: said(3, "9s", 7) }), call(1), 95, 130);
    expect(track.all[1]).toMatchObject({ region: 22, again: "loop", retries: 7, at: 95, end: 130 });
  });

  test("of one attempt, whose error is handed on, makes no step; of a loop before it, it is the end", () => {
    const last = { attempt: 1, failed: "the story" };
    expect(waited({ mark: 4 }).track.all).toEqual([]);
    expect(waited({ mark: 4 }, last).track.all).toEqual([]);
    expect(waited({ mark: 4 }, { ...last, attempt: 2 }, [execution(3)]).track.all).toMatchObject([
      { region: 3, end: 70 },
    ]);
    expect(waited({ mark: 4, said: said(1, undefined) }, last).track.all).toMatchObject([{ region: 4, retries: 4 }]);
  });
});

describe("a wait that goes on", () => {
  function waiting(more: Partial<Failure>, kept?: object) {
    const track = new StepTrack(start);
    const failing = execution(9, 20);
    track.failed(execution(4), region(3), call(1), said(1, "1s"), 10);
    track.failed(failing, region(8), call(1), said(1, "1s"), 20);
    if (kept) track.imported(12, 25, read(kept));
    track.ongoing(failure({ execution: failing, ...more }), 50);
    return { wait: failing.wait, ends: track.all.map(({ end }) => end) };
  }
  const untouched = {
    wait: { actual: 30, planned: { least: 0, most: 0 }, by: "golem", ongoing: true },
    ends: [10, 20],
  };

  test("is planned as it was kept, or else as it said", () => {
    expect(waiting({ said: said(1, "9s", 4, true) }, { attempt: 1, due: start + 70 })).toEqual({
      wait: { at: 20, actual: 30, planned: { least: 50, most: 50 }, by: "step", asked: true, ongoing: true },
      ends: [10, 50],
    });
    expect(waiting({ said: said(1, "9s") })).toMatchObject({
      wait: { planned: { least: 9000, most: 9000 }, by: "step", asked: false },
      ends: [10, 50],
    });
    expect(waiting({}, { attempt: 1, due: start + 21 }).wait).toMatchObject({ planned: { least: 1 }, asked: false });
  });

  test("is Golem's, or not planned at all, otherwise", () => {
    expect(waiting({ onPurpose: false, said: said(1, "9s") })).toMatchObject(untouched);
    expect(waiting({ said: said(1, "9s") }, { attempt: 1, due: start + 70, failed: "x" })).toMatchObject(untouched);
    expect(waiting({}, { attempt: 1, due: start + 20 })).toMatchObject(untouched);
    expect(waiting({ said: said(1, undefined) })).toMatchObject(untouched);
    expect(waiting({})).toMatchObject(untouched);
    expect(waiting({ at: 90, onPurpose: false }).wait?.actual).toBe(0);
  });
});
