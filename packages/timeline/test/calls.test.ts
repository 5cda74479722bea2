import { describe, expect, test } from "vitest";
import { Calls } from "../src/calls.js";
import type { Fields } from "../src/entries.js";
import type { Policy } from "../src/policy.js";

const policy: Policy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0 };
const other: Policy = { ...policy, retries: 9 };
const entry = (fields: object): Fields => ({ type: "", timestamp: "", ...fields });
const invoked = (name: string, key = name) => entry({ function_name: name, idempotency_key: key });
const answer = (uri: string, value: unknown) =>
  entry({
    function_name: "http::types::future_incoming_response::get",
    request: { value: { uri, method: "GET" } },
    response: { value },
  });

/** Calls that began at these indexes. The last is being executed, the others were answered. */
function calls(...indexes: number[]): Calls {
  const all = new Calls();
  for (const index of indexes) {
    all.end("completed", "completed", index, policy);
    all.invoke(index, index * 10, invoked(`f${index}`));
    all.begin(index, index * 10, policy);
  }
  return all;
}
const state = ({ all }: Calls) => all.map(({ index, outcome, dropped, again }) => ({ index, outcome, dropped, again }));

describe("a call", () => {
  test("has its function's short name, or what is there", () => {
    const all = new Calls();
    all.invoke(2, 20, invoked("a:b/api.{fetch-order}", "k"));
    all.invoke(3, 30, invoked("run"));
    all.invoke(4, 40, invoked("a:b/api.{}"));
    expect(all.all[0]).toEqual({
      index: 2,
      at: 20,
      end: 20,
      name: "fetch-order",
      key: "k",
      outcome: "running",
      executions: [],
      again: false,
      dropped: undefined,
    });
    expect(all.all.map(({ name }) => name)).toEqual(["fetch-order", "run", ""]);
  });

  test("is open until it is answered or has failed", () => {
    expect(new Calls()).toMatchObject({ current: undefined, open: undefined, execution: undefined });
    const all = calls(2);
    expect(all.open).toBe(all.current);
    all.end("interrupted", "interrupted", 30, policy);
    expect(all.open).toBe(all.current);
    for (const outcome of ["completed", "failed"] as const) {
      const ended = calls(2);
      ended.end("completed", outcome, 30, policy);
      expect(ended.open).toBeUndefined();
    }
  });

  test("ends once, with its execution, at the policy in force then", () => {
    const all = calls(2);
    all.end("completed", "completed", 30, other);
    all.end("interrupted", "interrupted", 40, policy);
    expect(all.current).toMatchObject({ outcome: "completed", end: 30 });
    expect(all.execution).toMatchObject({ outcome: "completed", end: 30, policy: other });
    const interrupted = calls(2);
    interrupted.end("interrupted", "interrupted", 30, policy);
    interrupted.end("completed", "completed", 40, policy);
    expect(interrupted.execution).toMatchObject({ outcome: "interrupted", end: 30 });
    expect(() => new Calls().end("completed", "completed", 1, policy)).not.toThrow();
  });

  test("that begins again is running, and counts its executions", () => {
    const all = calls(2);
    all.end("interrupted", "interrupted", 30, policy);
    expect(all.begin(9, 90, other)).toMatchObject({ index: 9, number: 2, at: 90, end: 90, policy: other });
    expect(all.current?.outcome).toBe("running");
    expect(new Calls().begin(1, 1, policy)).toBeUndefined();
  });
});

describe("going back", () => {
  test("within the call that is being executed rewrites nothing", () => {
    const all = calls(2, 8);
    expect(all.goBack(9, 20, 200)).toBe(0);
    expect(state(all)).toEqual([
      { index: 2, outcome: "completed", dropped: undefined, again: false },
      { index: 8, outcome: "running", dropped: undefined, again: false },
    ]);
  });

  test("into a call that was answered takes it up again, and drops those after it", () => {
    const all = calls(2, 8, 12);
    expect(all.goBack(3, 20, 200)).toBe(2);
    expect(state(all)).toEqual([
      { index: 2, outcome: "completed", dropped: undefined, again: false },
      { index: 8, outcome: "completed", dropped: 20, again: false },
      { index: 12, outcome: "running", dropped: 20, again: false },
      { index: 20, outcome: "running", dropped: undefined, again: true },
    ]);
    expect(all.current).toMatchObject({ name: "f2", key: "f2", at: 200, end: 200 });
    expect(all.begin(21, 210, policy)?.number).toBe(2);
    expect(all.goBack(3, 30, 300)).toBe(1); // each recovery that goes back there
    expect(all.begin(31, 310, policy)).toMatchObject({ number: 3 });
    expect(state(all).slice(3)).toMatchObject([
      { index: 20, dropped: 30 },
      { index: 30, dropped: undefined, again: true },
    ]);
    all.invoke(40, 400, invoked("g"));
    expect(all.begin(40, 400, policy)?.number).toBe(1);
  });

  test("into the last call that was answered counts that one", () => {
    const all = calls(2);
    all.end("failed" as never, "failed", 30, policy);
    expect(all.goBack(3, 20, 200)).toBe(1);
    expect(all.current).toMatchObject({ index: 20, again: true });
  });

  test("counts calls that failed, and begins at an index", () => {
    const all = calls(2, 8);
    all.end("completed", "failed", 90, policy);
    expect(all.goBack(8, 20, 200)).toBe(2);
    expect(state(all)[1]).toMatchObject({ index: 8, dropped: 20 });
  });

  test("to before all calls drops them", () => {
    const all = calls(2, 8);
    expect(all.goBack(1, 20, 200)).toBe(1);
    expect(state(all).map(({ dropped }) => dropped)).toEqual([20, 20]);
  });

  test("does not drop twice", () => {
    const all = calls(2, 8);
    expect(all.revert({ start: 8, end: 8 }, 15)).toBe(1);
    expect(all.goBack(8, 20, 200)).toBe(1);
    expect(state(all).map(({ index, dropped }) => [index, dropped])).toEqual([
      [2, undefined],
      [8, 15],
      [20, undefined],
    ]);
  });
});

test("a revert drops the calls within its region", () => {
  const all = calls(2, 5, 8, 12);
  expect(all.revert({ start: 5, end: 8 }, 20)).toBe(2);
  expect(state(all).map(({ dropped }) => dropped)).toEqual([undefined, 20, 20, undefined]);
  expect(all.revert({ start: 5, end: 12 }, 30)).toBe(1);
});

describe("a request", () => {
  const requests = ({ execution }: Calls) => execution?.requests;
  const span = (uri: unknown, method: unknown = "GET") =>
    entry({ attributes: { "request.method": { value: method }, "request.uri": { value: uri } } });

  test("is known from its span, the first that has a place", () => {
    const all = calls(2);
    all.span(span("http://nobody/asked"));
    all.send(3, 30);
    expect(requests(all)).toEqual([
      { index: 3, at: 30, end: 30, method: "", url: "", path: "", status: undefined, failure: undefined },
    ]);
    all.span(entry({}));
    expect(requests(all)?.[0]).toMatchObject({ method: "", url: "", path: "" });
    all.span(entry({ attributes: { other: { value: 1 } } }));
    all.span(span("https://api:8080/a/b?c=1", "PUT"));
    all.span(span("https://later/x"));
    expect(requests(all)?.[0]).toMatchObject({ method: "PUT", url: "api:8080/a/b?c=1", path: "/a/b?c=1" });
    all.send(5, 50);
    all.span(span("ftp2://host?q=http://x/y"));
    expect(requests(all)?.[1]).toMatchObject({ url: "host?q=http://x/y", path: "?q=http://x/y" });
  });

  test("gets the answer from where it went; else the first one without a place; else the first", () => {
    const ok = { HeadersReceived: { status: 200 } };
    const all = calls(2);
    for (const index of [3, 4, 5]) {
      all.send(index, index);
      if (index !== 4) all.span(span(`http://h/${index}`));
    }
    all.answer(6, 60, entry({ function_name: "another", response: { value: ok } }));
    all.answer(6, 60, answer("h/5", "pending"));
    expect(requests(all)?.map(({ status }) => status)).toEqual([undefined, undefined, undefined]);
    all.answer(6, 60, answer("h/5", ok));
    all.answer(7, 70, answer("h/4", { HttpError: { ConnectionRefused: null } }));
    all.answer(8, 80, answer("h/9", ok));
    all.answer(9, 90, answer("h/9", ok));
    expect(
      requests(all)?.map(({ index, at, end, url, status, failure }) => [index, at, end, url, status ?? failure]),
    ).toEqual([
      [8, 3, 80, "h/9", 200],
      [7, 4, 70, "h/4", "connection refused"],
      [6, 5, 60, "h/5", 200],
      [9, 90, 90, "h/9", 200],
    ]);
    expect(() => new Calls().answer(1, 1, answer("h/1", ok))).not.toThrow();
    expect(() => new Calls().send(1, 1)).not.toThrow();
  });
});
