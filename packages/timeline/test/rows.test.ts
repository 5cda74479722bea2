import { describe, expect, test } from "vitest";
import type { Decision, Execution, Invocation, Request, Timeline, Wait } from "../src/model.js";
import type { Policy } from "../src/policy.js";
import { deciding, errorText, type Row, type RowOptions, rowsOf } from "../src/rows.js";

const own: Policy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0 };
const patient: Policy = { retries: 5, minDelay: 500, maxDelay: 10_000, multiplier: 2, jitter: 0 };
const names = [{ name: "patient", policy: patient }];

const request = (at: number, more: Partial<Request> = {}): Request => ({
  index: at,
  at,
  end: at,
  method: "GET",
  url: "h/x",
  path: "/x",
  status: 200,
  failure: undefined,
  ...more,
});
const wait = (more: Partial<Wait> = {}): Wait => ({
  at: 0,
  planned: { least: 500, most: 500 },
  actual: 502,
  by: "golem",
  asked: false,
  ongoing: false,
  ...more,
});
const execution = (number: number, more: Partial<Execution> = {}): Execution => ({
  index: number * 10,
  number,
  at: number * 10,
  end: number * 10 + 5,
  outcome: "trapped",
  requests: [],
  error: undefined,
  place: undefined,
  policy: own,
  decision: undefined,
  wait: undefined,
  step: undefined,
  replayed: false,
  settles: false,
  ...more,
});
const decision = (more: Partial<Decision> = {}): Decision => ({
  index: 77,
  at: 20,
  policy: own,
  own: true,
  by: "golem",
  verdict: "retry",
  undone: undefined,
  ...more,
});
const call = (executions: Execution[], more: Partial<Invocation> = {}): Invocation => ({
  index: 2,
  at: 5,
  name: "fetch",
  key: "k",
  end: 900,
  outcome: "completed",
  executions,
  again: false,
  dropped: undefined,
  ...more,
});
const timeline = (invocations: Invocation[], more: Partial<Timeline> = {}): Timeline => ({
  start: 0,
  length: 1000,
  invocations,
  bands: [{ index: 0, at: 0, end: 1000, policy: own, own: true }],
  steps: [],
  regions: [],
  jumps: [],
  events: [],
  decisions: [],
  policyAtEnd: own,
  ...more,
});
const line = ({ kind, number, text, status, tone, after }: Row) =>
  [kind, number, text, status, tone, after].filter((part) => part !== "").join(" | ");
/** The rows of one call, without its head and its end. */
const rows = (...executions: Execution[]) => rowsOf(timeline([call(executions)]), { names }).slice(1, -1);
const lines = (...executions: Execution[]) => rows(...executions).map(line);

describe("a call", () => {
  const ends = (more: Partial<Invocation>, last: Partial<Execution> = {}) =>
    rowsOf(timeline([call([execution(1, last)], more)])).at(-1) as Row;

  test("has a head and an end", () => {
    const [head, , end] = rowsOf(timeline([call([execution(1)])]));
    expect(head).toMatchObject({
      kind: "call",
      at: 5,
      index: 2,
      text: "fetch",
      tone: "plain",
      policy: undefined,
      executions: [],
    });
    expect(end).toMatchObject({
      kind: "end",
      at: 900,
      index: 2,
      text: "answered",
      tone: "good",
      policy: { name: "server's" },
    });
    expect(rowsOf(timeline([call([], { again: true })])).map(line)).toEqual([
      "call | fetch, taken up again | plain",
      "end | answered | good",
    ]);
  });

  test("ends in one of these ways", () => {
    expect(line(ends({ outcome: "failed" }))).toBe("end | failed: the policy allows no further retry | bad");
    expect(line(ends({ outcome: "failed" }, { decision: decision({ by: "step" }) }))).toBe(
      "end | failed: the step does not retry further | bad",
    );
    expect(line(ends({ outcome: "interrupted" }))).toBe("end | interrupted | warn");
    expect(line(ends({ outcome: "running" }))).toBe("end | still running | dim");
    expect(line(ends({ outcome: "running" }, { wait: wait() }))).toBe("end | still running | dim");
    expect(line(ends({ outcome: "running" }, { wait: wait({ ongoing: true }) }))).toBe(
      "end | waits for its next execution | dim",
    );
    expect(ends({ outcome: "failed" }).policy).toBeUndefined();
    expect(ends({}, { decision: decision() }).index).toBe(77);
    expect(ends({ dropped: 40 }).text).toBe("answered; no longer in the history since entry 40");
  });

  test("is left out when there are many after it", () => {
    const many = [1, 2, 3].map((n) => call([], { name: `f${n}`, at: n, index: n }));
    const shown = (options: RowOptions) =>
      rowsOf(timeline(many), options)
        .map(({ text }) => text)
        .filter((t) => t !== "answered");
    expect(shown({ calls: 3 })).toEqual(["f1", "f2", "f3"]);
    expect(shown({ calls: 2 })).toEqual(["1 earlier call not shown", "f2", "f3"]);
    expect(shown({ calls: 1 })).toEqual(["2 earlier calls not shown", "f3"]);
    expect(rowsOf(timeline(many), { calls: 2 })[0]).toMatchObject({
      kind: "more",
      at: 1,
      index: 1,
      tone: "dim",
      policy: undefined,
    });
    expect(rowsOf(timeline(Array.from({ length: 61 }, () => call([])))).length).toBe(121);
    expect(rowsOf(timeline([]), { calls: 0 })).toEqual([]);
  });
});

describe("executions", () => {
  test("that replayed one after the other go together", () => {
    const replayed = { replayed: true, outcome: "trapped" } as const;
    const waits = [110, 320].map((actual, i) => wait({ actual, planned: { least: 100 * 3 ** i, most: 100 * 3 ** i } }));
    expect(
      lines(
        execution(1, { requests: [request(10)] }),
        execution(2, { ...replayed, wait: waits[0] }),
        execution(3, { ...replayed, wait: waits[1] }),
        execution(4, { outcome: "completed", requests: [request(40)] }),
        execution(5, replayed),
      ),
    ).toEqual([
      "request | 1 | GET /x | 200 | good | trap",
      "replays | 2 to 3 | replayed, nothing asked again | dim | then 110 ms · 320 ms, planned 100 ms · 300 ms",
      "request | 4 | GET /x | 200 | good",
      "replays | 5 | replayed, nothing asked again | dim",
    ]);
    const five = [1, 2, 3, 4, 5].map((n) => execution(n, { ...replayed, wait: wait({ actual: n }) }));
    expect(rows(...five)[0]?.after).toBe(
      "then 1 ms · 2 ms · 3 ms · 4 ms · … 1 more, planned 500 ms · 500 ms · 500 ms · 500 ms · … 1 more",
    );
    expect(rows(...five.slice(1))[0]?.after).toContain("then 2 ms · 3 ms · 4 ms · 5 ms, planned");
  });

  test("of which there are many show their first and their last", () => {
    const five = [1, 2, 3, 4, 5].map((n) => execution(n, { requests: [request(n)] }));
    const shown = (most: number) =>
      rowsOf(timeline([call(five)]), { executions: most })
        .slice(1, -1)
        .map((row) => (row.kind === "more" ? row.text : row.number));
    expect(shown(5)).toEqual(["1", "2", "3", "4", "5"]);
    expect(shown(4)).toEqual(["1", "2", "execution 3, with 1 request", "4", "5"]);
    expect(shown(3)).toEqual(["1", "2", "executions 3 to 4, with 2 requests", "5"]);
    expect(rowsOf(timeline([call(five)]), { executions: 3 })[3]).toMatchObject({
      kind: "more",
      at: 30,
      index: 30,
      tone: "dim",
      executions: [{ number: 3 }, { number: 4 }],
      policy: undefined,
    });
    const many = Array.from({ length: 25 }, (_, i) => execution(i + 1));
    expect(rows(...many.slice(1))).toHaveLength(24);
    expect(rows(...many)).toHaveLength(25);
    expect(rows(...many)[12]?.text).toBe("execution 13, with 0 requests");
  });

  test("that asked nothing say why, or that they did not", () => {
    expect(lines(execution(1, { error: "no URL" }))).toEqual(["request | 1 | no URL | bad | trap"]);
    expect(lines(execution(1, { outcome: "completed" }))).toEqual(["request | 1 | no request | dim"]);
    expect(lines(execution(1, { outcome: "running" }))).toEqual(["request | 1 | no request yet | dim"]);
  });

  test("that hand on a failure say so", () => {
    expect(lines(execution(2, { settles: true, outcome: "completed" }))).toEqual([
      "settles | 2 | hands on the failure, nothing asked | dim",
    ]);
    expect(lines(execution(2, { settles: true, requests: [request(20)] }))).toEqual([
      "settles | 2 | hands on the failure | dim",
      "request | GET /x | 200 | good | trap",
    ]);
  });

  test("end in one of these ways", () => {
    const after = (more: Partial<Execution>) => rows(execution(1, more))[0]?.after;
    expect(after({ wait: wait() })).toBe("trap, then 502 ms, planned 500 ms");
    expect(after({ wait: wait({ by: "step" }) })).toBe("trap, then 502 ms of durable sleep, planned 500 ms");
    expect(after({ wait: wait({ by: "step", ongoing: true }) })).toBe("trap, then 502 ms so far, planned 500 ms");
    expect(after({ outcome: "jumped", wait: wait({ asked: true }) })).toBe(
      "jump back, then 502 ms, planned 500 ms, by retryAfter",
    );
    expect(after({ outcome: "jumped" })).toBe("jump back");
    expect(after({ outcome: "interrupted" })).toBe("interrupted");
    expect(after({ outcome: "crashed" })).toBe("the worker stopped");
    expect(after({ outcome: "completed", wait: wait() })).toBe("");
    expect(after({ outcome: "running", wait: wait() })).toBe("");
  });
});

describe("requests", () => {
  test("say what came of them", () => {
    const of = (more: Partial<Request>, outcome: Execution["outcome"] = "trapped") =>
      line(rows(execution(1, { outcome, requests: [request(10, more)] }))[0] as Row);
    expect(of({ status: 399 }, "completed")).toBe("request | 1 | GET /x | 399 | good");
    expect(of({ status: 400 }, "completed")).toBe("request | 1 | GET /x | 400 | warn");
    expect(of({ status: 499 }, "completed")).toBe("request | 1 | GET /x | 499 | warn");
    expect(of({ status: 500 }, "completed")).toBe("request | 1 | GET /x | 500 | bad");
    expect(of({ status: undefined, failure: "connection refused" })).toBe(
      "request | 1 | GET /x | connection refused | bad | trap",
    );
    expect(of({ status: undefined })).toBe("request | 1 | GET /x | no answer | bad | trap");
    expect(of({ status: undefined }, "running")).toBe("request | 1 | GET /x | waiting for the answer | bad");
    expect(of({ method: "", status: undefined })).toBe("request | 1 | a request | no answer | bad | trap");
  });

  test("stand in lines of their own, the first with the execution's time, the last with what followed", () => {
    const found = rows(execution(1, { requests: [request(12), request(14), request(16)], wait: wait() }));
    expect(found.map(({ at, index, number, after }) => [at, index, number, after !== ""])).toEqual([
      [10, 12, "1", false],
      [14, 14, "", false],
      [16, 16, "", true],
    ]);
    expect(found.map(({ request }) => request?.at)).toEqual([12, 14, 16]);
  });

  test("of which there are many show five, and the last two", () => {
    const many = (count: number) =>
      execution(1, { requests: Array.from({ length: count }, (_, i) => request(20 + i, { status: 200 + i })) });
    expect(rows(many(8))).toHaveLength(8);
    const found = rows(many(9));
    expect(found.map(({ kind, status }) => (kind === "more" ? kind : status))).toEqual([
      "200",
      "201",
      "202",
      "203",
      "204",
      "more",
      "207",
      "208",
    ]);
    expect(found[5]).toMatchObject({
      kind: "more",
      at: 25,
      number: "",
      after: "",
      text: "2 more requests: 205 · 206",
      tone: "dim",
    });
    const mixed = execution(1, {
      requests: [
        ...many(5).requests,
        request(30),
        request(31),
        request(32, { status: undefined, failure: "reset" }),
        request(33, { status: undefined }),
        ...many(2).requests,
      ],
    });
    expect(rows(mixed)[5]?.text).toBe("4 more requests: 200 · reset · no answer");
  });
});

describe("what decides", () => {
  test("is the step, Golem's decision, or the policy in force at the end", () => {
    const bands = [
      { index: 0, at: 0, end: 30, policy: own, own: true },
      { index: 3, at: 30, end: 1000, policy: patient, own: false },
    ];
    const step = { region: 3, again: "region", retries: 2, at: 0, end: 1, waits: [] } as const;
    const all = timeline([], { bands, steps: [{ ...step, waits: [] }] });
    const decided = (more: Partial<Execution>) => deciding(execution(1, more), all, names).name;
    expect(decided({ step: 3 })).toBe("durable step");
    expect(decided({ step: 4 })).toBe("server's");
    expect(decided({ decision: decision({ policy: patient, own: false }) })).toBe("patient");
    expect(decided({ decision: decision({ policy: patient, own: false, by: "step" }) })).toBe("server's");
    expect([29, 30, 31].map((end) => decided({ end }))).toEqual(["server's", "patient", "patient"]);
    expect(deciding(execution(1, { policy: patient }), timeline([], { bands: [] }), names)).toMatchObject({
      name: "server's",
      kind: "own",
    });
    expect(rowsOf(timeline([call([])], { bands: [] })).at(-1)?.policy).toBeUndefined();
  });

  test("an override that was restored too early does not, and a note says so", () => {
    const undone = { policy: patient, set: { index: 3, at: 10 }, restored: { index: 7, at: 18 } };
    const note = (more: Partial<Decision>, of: Partial<Execution> = {}) => {
      const found = rows(execution(1, { requests: [request(10)], decision: decision({ undone, ...more }), ...of }));
      expect(found.at(-1)).toMatchObject({ kind: "note", at: 20, index: 77, tone: "bad", executions: [{ number: 1 }] });
      return found.at(-1)?.text;
    };
    const restored = "patient (5 retries, 500ms ×2 ≤ 10s) was restored";
    expect(note({})).toBe(
      `Golem decides here, and finds the server's policy. ${restored} 2 ms before the trap: it decides nothing.`,
    );
    expect(note({ undone: { ...undone, restored: { index: 7, at: 19.5 } } })).toContain(
      "restored just before the trap",
    );
    expect(note({ undone: { ...undone, restored: { index: 7, at: 19 } } })).toContain("restored 1 ms before the trap");
    expect(note({ own: false, policy: patient })).toContain("finds patient. ");
    expect(note({ undone: { ...undone, policy: own } })).toContain(
      "The override (3 retries, 100ms ×3 ≤ 1s) was restored",
    );
    expect(note({}, { requests: [] })).toContain(restored);
    expect(note({}, { requests: [], settles: true })).toContain(restored);
  });

  test("an error has its place", () => {
    expect(errorText(execution(1))).toBeUndefined();
    expect(errorText(execution(1, { error: "x" }))).toBe("x");
    expect(errorText(execution(1, { error: "x", place: "a.ts:1" }))).toBe("x (a.ts:1)");
    expect(errorText(execution(1, { place: "a.ts:1" }))).toBeUndefined();
  });
});

describe("what happened to the worker", () => {
  const event = (kind: Timeline["events"][number]["kind"], text: string, at: number, index = at) => ({
    kind,
    text,
    at,
    end: at,
    index,
  });

  test("stands where it happened", () => {
    const calls = [
      call([execution(1, { requests: [request(12)] })], { end: 40 }),
      call([], { index: 50, at: 50, name: "b", end: 60 }),
    ];
    const events = [
      event("restarted", "restarted", 70),
      event("exited", "the component exited", 45),
      event("interrupted", "interrupted", 46),
      event("suspended", "suspended", 47),
      event("update-failed", "the update to version 3 failed", 50, 49),
      event("updated", "updated to version 2", 50, 51),
    ];
    const jumps = [
      { index: 41, at: 41, start: 4, end: 40, to: "request", rewrites: 1 },
      { index: 42, at: 42, start: 5, end: 40, to: "region", rewrites: 2 },
      { index: 43, at: 43, start: 6, end: 40, to: "mark", rewrites: 3 },
      { index: 44, at: 44, start: 6, end: 40, to: "mark", rewrites: 0 },
    ] as const;
    const found = rowsOf(timeline(calls, { events, jumps: [...jumps] }));
    expect(found.map(line)).toEqual([
      "call | fetch | plain",
      "request | 1 | GET /x | 200 | good | trap",
      "end | answered | good",
      "note | Golem goes back to entry 3, a request without an end: 1 call that had ended is executed again, or lost | bad",
      "note | Golem goes back to entry 4, an open region: 2 calls that had ended are executed again, or lost | bad",
      "note | Golem goes back to entry 5, a mark: 3 calls that had ended are executed again, or lost | bad",
      "event | the component exited | warn",
      "event | the update to version 3 failed | bad",
      "call | b | plain",
      "event | the worker was updated to version 2 | warn",
      "end | answered | good",
      "event | the worker was restarted | warn",
    ]);
    expect(found[6]).toMatchObject({ at: 45, index: 45, policy: undefined });
    expect(found[3]).toMatchObject({ at: 41, index: 41, policy: undefined });
  });
});
