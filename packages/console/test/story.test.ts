import type { IndexedEntry, WitType } from "golem-client";
import { describe, expect, test } from "vitest";
import { unknownEntries } from "../src/story/entry-types.js";
import { outlook } from "../src/story/outlook.js";
import { until } from "../src/story/words.js";
import { initial, typeText } from "../src/web/forms/wit.js";

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

/** Entries from the first on, each with its time in milliseconds. */
function oplog(...entries: [ms: number, type: string, fields?: object][]): IndexedEntry[] {
  return entries.map(([ms, type, fields], i) => ({
    oplogIndex: i + 1,
    entry: { type, timestamp: at(ms), ...fields } as unknown as IndexedEntry["entry"],
  }));
}

const invoked = {
  function_name: "demo:x/api.{run}",
  request: [],
  idempotency_key: "k",
  trace_id: "t",
  trace_states: [],
};
const policy = { max_attempts: 4, min_delay: "2s", max_delay: "1m", multiplier: 3, max_jitter_factor: null };

describe("outlook", () => {
  test("Golem's wait: the last failure, plus the delay that the policy in force gives", () => {
    const entries = oplog(
      [0, "Create"],
      [10, "ExportedFunctionInvoked", invoked],
      [20, "ChangeRetryPolicy", { new_policy: policy }],
      [30, "Error", { error: "boom" }],
      [2100, "Error", { error: "boom" }],
    );
    const { retries, decider, next } = outlook(entries, "Retrying");
    const since = Date.parse(at(2100));
    expect(next).toEqual({ since, at: since + 2000, latest: since + 2000 }); // minDelay twice
    expect(retries).toBe(1);
    expect(decider).toEqual({ by: "component", policy: "4 retries, 2s ×3 ≤ 1m", whose: "set by the component" });
    expect(outlook(entries, "Failed").next).toBeUndefined();
  });

  test("the server's own policy has jitter, and so a range", () => {
    const entries = oplog([0, "Create"], [10, "ExportedFunctionInvoked", invoked], [30, "Error", { error: "boom" }]);
    const { next, decider } = outlook(entries, "Retrying");
    const since = Date.parse(at(30));
    expect(next).toEqual({ since, at: since + 100, latest: since + 115 });
    expect(decider).toMatchObject({ by: "server", whose: "server's own" });
    expect(until({ at: since + 100, latest: since + 115 }, since)).toBe("in 100 ms");
    expect(until({ at: since + 100, latest: since + 115 }, since + 105)).toBe("within 10 ms");
    expect(until({ at: since + 100, latest: since + 115 }, since + 120)).toBe("now");
  });

  test("a durable step waits as it said, whatever policy is on record", () => {
    const said = { level: "Stderr", context: "", message: "execution 2 of 6 failed: Error: 503; next in 1.5s\n" };
    const entries = oplog(
      [0, "Create"],
      [10, "ExportedFunctionInvoked", invoked],
      [20, "ChangeRetryPolicy", { new_policy: { ...policy, max_attempts: 2, min_delay: "0s", max_delay: "0s" } }],
      [40, "Log", said],
      [41, "Error", { error: "Attempted to jump forward in oplog to index 4611686018427387905 from 5" }],
    );
    const { decider, next } = outlook(entries, "Running");
    expect(next?.at).toBe(Date.parse(at(1540)));
    expect(decider).toMatchObject({ by: "step", policy: "5 retries", whose: "durable step, retry 2 comes next" });
    const awake = [...entries, ...oplog([1560, "BeginRemoteWrite"])];
    expect(outlook(awake, "Running").next).toBeUndefined();
  });
});

test("entries that nobody knows are named, with the place of the first", () => {
  const entries = oplog([0, "Create"], [1, "TeleportWorker"], [2, "NoOp"], [3, "TeleportWorker"]);
  expect(unknownEntries(entries)).toMatch(
    /^The oplog has entries that golem-console does not know: TeleportWorker \(first at 2\)\./,
  );
  expect(unknownEntries(entries.slice(2, 3))).toBeUndefined();
  expect(outlook(entries, "Idle").next).toBeUndefined();
});

const str: WitType = { type: "Str" };
test.each<[WitType, string, unknown]>([
  [{ type: "Bool" }, "bool", false],
  [{ type: "U64" }, "u64", 0],
  [{ type: "Option", inner: str }, "option<string>", null],
  [{ type: "List", inner: { type: "U8" } }, "list<u8>", []],
  [{ type: "Tuple", items: [str, { type: "F64" }] }, "tuple<string, f64>", ["", 0]],
  [{ type: "Record", fields: [{ name: "id", typ: str }] }, "record { id: string }", { id: "" }],
  [{ type: "Enum", cases: ["red", "green"] }, "enum { red, green }", "red"],
  [{ type: "Flags", names: ["a", "b"] }, "flags { a, b }", []],
  [
    {
      type: "Variant",
      cases: [
        { name: "none", typ: null },
        { name: "some", typ: str },
      ],
    },
    "variant { none, some(string) }",
    { none: null },
  ],
  [{ type: "Result", ok: null, err: str }, "result<_, string>", { ok: null }],
])("a form knows %j: as WIT, and what it starts with", (typ, text, value) => {
  expect(typeText(typ)).toBe(text);
  expect(initial(typ)).toEqual(value);
});
