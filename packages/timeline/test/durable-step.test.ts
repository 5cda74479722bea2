import { describe, expect, test } from "vitest";
import { clockOf, engineWords, firstLine, isNoise, isStepsOwn, keptIn, lastVerdict } from "../src/durable-step.js";
import type { Fields } from "../src/entries.js";

const imported = (name: string, ok?: unknown): Fields => ({
  type: "ImportedFunctionInvoked",
  timestamp: "",
  function_name: name,
  response: { typ: {}, value: { ok } },
});
const bytes = (value: unknown) => [...new TextEncoder().encode(JSON.stringify(value))];
const kept = (value: unknown) => keptIn(imported("golem keyvalue::eventual::get", bytes(value)));

describe("what a step said last", () => {
  test("its count, and when it means to go on", () => {
    const first = "execution 1 of 6 failed: Error: said 503; next in 500ms";
    expect(lastVerdict(`before\n${first}\nafter\n`)).toEqual({
      text: first,
      number: 1,
      retries: 5,
      next: "500ms",
      asked: false,
    });
    const second = "execution 12 of 13 failed: Error: x; next in 1.5s, by retryAfter";
    expect(lastVerdict(`${first}\n${second}`)).toEqual({
      text: second,
      number: 12,
      retries: 12,
      next: "1.5s",
      asked: true,
    });
  });
  test("that it gives up", () => {
    const last = "execution 6 of 6 failed: Error: next in line; retries used up";
    expect(lastVerdict(last)).toEqual({ text: last, number: 6, retries: 5, next: undefined, asked: false });
  });
  test.each(["", "an execution 1 of 6 failed: x", "execution one of 6 failed: x"])("nothing in %j", (text) => {
    expect(lastVerdict(text)).toBeUndefined();
  });
});

test("what a step does before its wait is over is no sign of life", () => {
  const own = [
    "monotonic_clock::now",
    "wall_clock::now",
    "golem random::x",
    "golem io::poll::poll",
    "golem_environment::y",
  ];
  expect(own.map((name) => [isNoise(imported(name)), isStepsOwn(imported(name))])).toEqual(own.map(() => [true, true]));
  expect(isStepsOwn(imported("golem keyvalue::eventual::get"))).toBe(true);
  expect(isNoise(imported("golem keyvalue::eventual::get"))).toBe(false);
  expect(isStepsOwn(imported("golem keyvalue::eventual::set"))).toBe(false);
  expect(isNoise(imported("my::monotonic_clock"))).toBe(false);
  for (const type of ["Jump", "NoOp"]) expect(isStepsOwn({ type, timestamp: "" })).toBe(true);
  expect(isStepsOwn({ type: "Create", timestamp: "", function_name: "wall_clock::now" })).toBe(false);
  expect(isNoise({ type: "Create", timestamp: "", function_name: "wall_clock::now" })).toBe(false);
});

describe("what a step keeps", () => {
  test("its count, when it is due, and what failed for good", () => {
    expect(kept({ attempt: 2, due: 70 })).toEqual({ attempt: 2, due: 70, failed: undefined });
    expect(kept({ attempt: 2 })).toEqual({ attempt: 2, due: 0, failed: undefined });
    expect(kept({ attempt: 2, due: "soon", failed: "why" })).toEqual({ attempt: 2, due: 0, failed: "why" });
    expect(kept({ attempt: 2, due: 1, failed: { story: "why" } })).toEqual({ attempt: 2, due: 1, failed: "why" });
  });
  test("of loops inside it, the one that waits longest", () => {
    const inside = { a: { attempt: 1, due: 50 }, b: { attempt: 3, due: 90 }, c: { attempt: 4, due: 60 }, d: "other" };
    expect(kept({ attempt: 2, due: 70, inside })).toMatchObject({ attempt: 3, due: 90 });
    expect(kept({ attempt: 2, due: 90, inside })).toMatchObject({ attempt: 2, due: 90 });
  });
  test.each([[null], ["text"], [7], [{}], [{ attempt: "2" }]])("not %j", (value) => {
    expect(kept(value)).toBeUndefined();
  });
  test("not what is no JSON, or no bytes, or nothing", () => {
    const get = "golem keyvalue::eventual::get";
    expect(keptIn(imported(get, [1, 2, 3]))).toBeUndefined();
    expect(keptIn(imported(get, "text"))).toBeUndefined();
    expect(keptIn({ type: "ImportedFunctionInvoked", timestamp: "" })).toBeUndefined();
    expect(keptIn({ type: "ImportedFunctionInvoked", timestamp: "", response: {} })).toBeUndefined();
  });
});

test("what the component was told by the wall clock", () => {
  expect(clockOf(imported("wall_clock::now", { seconds: 7, nanoseconds: 5_999_999 }))).toBe(7005);
  expect(clockOf(imported("wall_clock::now", { seconds: 7 }))).toBeUndefined();
  expect(clockOf(imported("wall_clock::now", { nanoseconds: 7 }))).toBeUndefined();
  expect(clockOf(imported("wall_clock::now"))).toBeUndefined();
  expect(clockOf({ type: "ImportedFunctionInvoked", timestamp: "" })).toBeUndefined();
  expect(clockOf({ type: "ImportedFunctionInvoked", timestamp: "", response: {} })).toBeUndefined();
});

test.each([
  [
    "error while executing\n    0: 0x1f - <unknown>!a:b/c#run: wasm trap: out of memory\n\nmore",
    "wasm trap: out of memory",
  ],
  ["  first  \nsecond", "first"],
  ["first\n\n 0: 0x1 - m!f: later", "first"],
  ["", undefined],
])("the engine's words in %j", (error, words) => {
  expect(engineWords(error)).toBe(words);
});

test.each([
  ["\n  \nboom\nmore", "boom"],
  ["Stack:\n  at x\n", "at x"],
  ["Redirecting call to abort() to mozalloc_abort\nboom", "boom"],
  ["Traceback (most recent call last):\n  File x\n    raise y\nException: boom\n", "Exception: boom"],
  ["before\nTraceback (most recent call last):\n  File x\nE: boom", "E: boom"],
  ["  \n", undefined],
])("the first line that says something in %j", (text, line) => {
  expect(firstLine(text)).toBe(line);
});
