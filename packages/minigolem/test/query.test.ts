import { describe, expect, test } from "vitest";
import type { WitType } from "../src/component/types.js";
import type { OplogEntry } from "../src/oplog/entries.js";
import { matches } from "../src/oplog/query.js";

const str: WitType = { type: "Str" };
const at = 0;

describe("a query", () => {
  const policy: OplogEntry = {
    at,
    type: "ChangeRetryPolicy",
    policy: { maxAttempts: 1, minDelay: 0n, maxDelay: 0n, multiplier: 1 },
  };
  const error: OplogEntry = { at, type: "Error", error: "wasm trap: unreachable (orders.js)" };
  const invoked: OplogEntry = {
    at,
    type: "ExportedFunctionInvoked",
    functionName: "demo:shop/api.{order}",
    request: [{ typ: { type: "Record", fields: [{ name: "id", typ: str }] }, value: { id: "Seven" } }],
    idempotencyKey: "key-1",
    traceId: "",
  };
  const entries = { policy, error, invoked };
  const found = (query: string) =>
    Object.entries(entries).flatMap(([name, entry]) => (matches(entry, query) ? [name] : []));

  test.each([
    ["change-retry-policy", ["policy"]],
    ["ChangeRetryPolicy", ["policy"]],
    ["order", ["error", "invoked"]],
    ["exported-function order", ["invoked"]],
    ["order AND NOT error", ["invoked"]],
    ["NOT order", ["policy"]],
    ["error OR policy", ["policy", "error"]],
    ["(error OR seven) AND order", ["error", "invoked"]],
    ["  (  error   OR seven  )   order  ", ["error", "invoked"]],
    ["policy OR order AND NOT error", ["policy", "invoked"]],
    ["NOT NOT policy", ["policy"]],
    ["id:seven", ["invoked"]],
    ["id = (seven OR eight)", ["invoked"]],
    ["ID:seven", ["invoked"]],
    ["name:seven", ["invoked"]],
    ["id.name:seven", ["invoked"]],
    ["id:order", []],
    ['"unreachable (orders"', ["error"]],
    ['"Unreachable"', []],
    ["/trap: .*js/", ["error"]],
    ["/TRAP/", []],
    ["demo\\:shop", ["invoked"]],
    ["key-1", ["invoked"]],
  ])("%s finds %j", (query, names) => {
    expect(found(query)).toEqual(names);
  });

  test("may contain the characters that end a phrase or an expression, behind a backslash", () => {
    const said: OplogEntry = { at, type: "Error", error: 'GET /orders said "no"\nand a second line' };
    expect(matches(said, '"said \\"no\\""')).toBe(true);
    expect(matches(said, '"said \\"yes\\""')).toBe(false);
    expect(matches(said, "/GET \\/orders/")).toBe(true);
    expect(matches(said, "/GET \\/items/")).toBe(false);
    expect(matches(said, '"and a\nsecond"')).toBe(false);
  });

  test.each([
    ["", 1, "its end"],
    ["a AND", 3, '"AND"'],
    ["OR", 1, '"OR"'],
    ["-1", 1, '"-1"'],
    ["(a", 3, "its end"],
    ["a)", 2, '")"'],
    ['"open', 1, '""open"'],
    ["a ~what-follows-is-cut-here", 3, '"~what-follows-is-cut"'],
  ])("%j is none, and the error says where", (query, place, what) => {
    expect(() => matches(error, query)).toThrow(SyntaxError);
    expect(() => matches(error, query)).toThrow(
      `${JSON.stringify(query)} is no query of the oplog: at ${place} a term, "phrase", /regular expression/ or (…) was expected, found ${what}`,
    );
  });

  test("is bounded in length and in depth", () => {
    const brackets = (n: number) => `${"(".repeat(n)}trap${")".repeat(n)}`;
    expect(matches(error, "trap".padEnd(2000))).toBe(true);
    expect(() => matches(error, "trap".padEnd(2001))).toThrow("a query of the oplog has at most 2000 characters");
    expect(matches(error, brackets(50))).toBe(true);
    expect(() => matches(error, brackets(51))).toThrow("has at most 50 brackets within each other");
    expect(matches(error, Array(51).fill("(trap)").join(" "))).toBe(true); // side by side
  });
});

type Kind = OplogEntry extends infer E ? (E extends OplogEntry ? Omit<E, "at"> : never) : never;
const finds = (kind: Kind, query: string) => matches({ at, ...kind } as OplogEntry, query);
const text = (value: string) => ({ typ: str, value });
const invocation = { functionName: "a:b/c.{run}", request: [text("given")], idempotencyKey: "key-1", traceId: "t" };

describe("what is searched of an entry", () => {
  const called: Kind = {
    type: "ImportedFunctionInvoked",
    functionName: "golem keyvalue::eventual::get",
    kind: "ReadRemote",
    request: { bucket: "carts", key: "seven" },
    response: "full",
  };
  test.each<[Kind, string[]]>([
    [called, ["importedfunctioninvoked", "imported-function-invoked", "imported-function", "eventual", "bucket:carts"]],
    [called, ["key:seven", "ok:full", "full"]],
    [{ type: "ExportedFunctionInvoked", ...invocation }, ["exported-function", "run", "key-1", "given"]],
    [
      { type: "ExportedFunctionCompleted", response: text("answer") },
      ["exported-function", "exported-function-completed", "0:answer"],
    ],
    [{ type: "PendingWorkerInvocation", ...invocation }, ["pending-worker-invocation", "run", "key-1", "given"]],
    [{ type: "PendingUpdate", targetVersion: 7 }, ["update", "pending-update", "7"]],
    [{ type: "SuccessfulUpdate", targetVersion: 7, componentSize: 1 }, ["update", "successful-update", "7"]],
    [{ type: "FailedUpdate", targetVersion: 7, details: "too old" }, ["update", "failed-update", "7", "old"]],
    [{ type: "Log", level: "Stderr", context: "shop", message: "sold out" }, ["log", "shop", "sold"]],
    [{ type: "CancelInvocation", idempotencyKey: "key-1" }, ["cancel", "cancel-invocation", "key-1"]],
    [
      { type: "StartSpan", spanId: "s1", parentId: "p1", attributes: { method: "GET" } },
      ["start-span", "s1", "p1", "method:get", "get"],
    ],
    [{ type: "FinishSpan", spanId: "s1" }, ["finish-span", "s1"]],
    [{ type: "NoOp" }, ["noop"]],
    [
      { type: "DescribeResource", id: 0, resourceName: "counter", resourceParams: ['"c"'], request: [text("mine")] },
      ["describe-resource", "counter", "mine"],
    ],
  ])("%o is found by %j", (kind, queries) => {
    for (const query of queries) expect([query, finds(kind, query)]).toEqual([query, true]);
  });

  test("also the group that its kind belongs to, and nothing but its name", () => {
    const invoked: Kind = { type: "ExportedFunctionInvoked", ...invocation };
    const updated: Kind = { type: "SuccessfulUpdate", targetVersion: 7, componentSize: 1 };
    const groups = ["exported-function", "imported-function", "update"];
    const of = (kind: Kind) => groups.filter((group) => finds(kind, `/^${group}$/`));
    expect([of(invoked), of(called), of(updated)]).toEqual([["exported-function"], ["imported-function"], ["update"]]);
    expect(of({ type: "PendingWorkerInvocation", ...invocation })).toEqual([]);
    for (const name of ["successfulupdate", "successful-update"]) expect(finds(updated, `/^${name}$/`)).toBe(true);
  });

  test.each<[Kind, string[]]>([
    [called, ["exported-function", "update", "readremote", "bucket:nine"]],
    [{ type: "ExportedFunctionCompleted", response: text("answer") }, ["imported-function", "ok:answer", "1:answer"]],
    [{ type: "CancelInvocation", idempotencyKey: "k" }, ["cancelinvocation", "update"]],
    [{ type: "GrowMemory", delta: 65_536 }, ["65536"]],
    [{ type: "NoOp" }, ["no-op"]],
    [{ type: "Log", level: "Stderr", context: "shop", message: "sold out" }, ["stderr"]],
    [{ type: "FailedUpdate", targetVersion: 7 }, ["null", "undefined"]],
  ])("%o is not found by %j", (kind, queries) => {
    for (const query of queries) expect([query, finds(kind, query)]).toEqual([query, false]);
  });
});

describe("a value", () => {
  const holds = (typ: WitType, value: unknown, query: string) =>
    finds({ type: "ExportedFunctionInvoked", ...invocation, request: [{ typ, value }] }, query);

  test.each<[WitType, unknown, string[], string[]]>([
    [{ type: "List", inner: str }, ["red", "green"], ["red", "green"], ["0:red", "blue"]],
    [{ type: "Tuple", items: [str, { type: "U8" }] }, ["red", 77], ["0:red", "1:77"], ["1:red", "0:77"]],
    [{ type: "Record", fields: [{ name: "zip", typ: str }] }, { zip: "A1" }, ["zip:a1", "a1", "no.such:a1"], ["a2"]],
    [
      { type: "List", inner: { type: "Record", fields: [{ name: "zip", typ: str }] } },
      [{ zip: "A1" }],
      ["zip:a1", "a1"],
      [],
    ],
    [
      { type: "Record", fields: [{ name: "to", typ: { type: "Record", fields: [{ name: "zip", typ: str }] } }] },
      { to: { zip: "A1" } },
      [],
      ["to.zip:a1", "zip:a1", "a1"],
    ],
    [
      {
        type: "Variant",
        cases: [
          { name: "none", typ: null },
          { name: "card", typ: str },
        ],
      },
      { card: "visa" },
      ["card:visa"],
      ["none:visa", "none"],
    ],
    [{ type: "Variant", cases: [{ name: "none", typ: null }] }, { none: null }, [], ["none", "null"]],
    [{ type: "Result", ok: str, err: { type: "U8" } }, { ok: "sent" }, ["ok:sent"], ["err:sent"]],
    [{ type: "Result", ok: null, err: { type: "U8" } }, { err: 77 }, ["err:77"], ["ok:77"]],
    [{ type: "Result", ok: null, err: str }, { ok: null }, [], ["ok:null", "null"]],
    [{ type: "Option", inner: str }, "some", ["some"], []],
    [{ type: "Option", inner: str }, null, [], ["null"]],
    [{ type: "Option", inner: str }, undefined, [], ["undefined"]],
    [{ type: "Flags", names: ["read", "write"] }, ["write"], ["write"], ["read"]],
    [{ type: "Chr" }, 0x1f680, ["🚀"], ["128640"]],
    [{ type: "Handle", resource_id: 5, mode: "Owned" }, "urn:worker", [], ["worker"]],
    [{ type: "Enum", cases: ["small", "large"] }, "large", ["large"], ["small"]],
    [{ type: "Bool" }, true, ["true"], ["false"]],
  ])("of type %o is searched by what it holds", (typ, value, found, not) => {
    for (const query of found) expect([query, holds(typ, value, query)]).toEqual([query, true]);
    for (const query of not) expect([query, holds(typ, value, query)]).toEqual([query, false]);
  });
});

// As in Golem 1.2.0's own test of it (`search_oplog_1`): the answer that lists the item is not found.
test("a word that stands in calls, logs and an answer is found in the calls and the logs", () => {
  const item: WitType = { type: "Record", fields: [{ name: "product-id", typ: str }] };
  const mud = { "product-id": "G1002" };
  const oplog: [string, Kind][] = [
    ["call", { type: "ExportedFunctionInvoked", ...invocation, request: [{ typ: item, value: mud }] }],
    ["log", { type: "Log", level: "Stdout", context: "", message: "Adding G1002 to the cart" }],
    ["second call", { type: "ExportedFunctionInvoked", ...invocation, request: [text("G1002")] }],
    ["answer", { type: "ExportedFunctionCompleted", response: { typ: { type: "List", inner: item }, value: [mud] } }],
  ];
  const found = (query: string) => oplog.flatMap(([name, kind]) => (finds(kind, query) ? [name] : []));
  expect(found("G1002")).toEqual(["call", "log", "second call"]);
  expect(found("product-id:G1002")).toEqual(["call"]);
});
