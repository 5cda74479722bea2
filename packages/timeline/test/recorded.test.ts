import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { htmlOf, type IndexedEntry, type Policy, policyText, type Timeline, textOf, timelineOf } from "../src/index.js";

/** What a Golem 1.2.0 server wrote, cut down to what is compared elsewhere. */
const recordings = new URL("../../../test/conformance/recordings/", import.meta.url);
const defaultPolicy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const start = Date.parse("2026-01-01T00:00:00.000Z");

interface Recorded {
  index: number;
  type: string;
  t: number;
  response?: unknown;
  policy?: unknown;
  error?: string;
  guest?: string;
  [field: string]: unknown;
}

/** An entry of a recording as Golem's REST API gives it. */
function entryOf({ index, type, t, response, policy, error, guest, ...fields }: Recorded): IndexedEntry {
  const text = typeof response === "string" && response.startsWith("{");
  const answer = typeof response === "number" ? { HeadersReceived: { status: response } } : response;
  const entry = {
    ...fields,
    type,
    timestamp: new Date(start + t).toISOString(),
    response: { typ: {}, value: text ? JSON.parse(response) : answer },
    new_policy: policy,
    error: error === undefined ? undefined : [error, guest].filter(Boolean).join("\n\n"),
  };
  return { oplogIndex: index, entry };
}

/** Shortens policies to words. Leaves out idempotency keys, and the decisions of executions, which are listed by themselves. */
function short(name: string, value: unknown): unknown {
  if (name === "key" || name === "decision") return undefined;
  const policy = value as Policy | null;
  return typeof policy === "object" && policy && "multiplier" in policy
    ? `${policyText(policy)}, jitter ${policy.jitter}`
    : value;
}

/** Everything in a timeline, one line each: what the text leaves out is in here. */
function linesOf({ start: _, length, policyAtEnd, ...lists }: Timeline): string[] {
  const line = (kind: string, value: unknown) => `${kind} ${JSON.stringify(value, short)}`;
  const all = Object.entries(lists).flatMap(([kind, list]) => list.map((one) => line(kind, one)));
  return [...all, line("end", { length, policyAtEnd })];
}

const names = readdirSync(recordings)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

function timelineOfRecording(name: string): Timeline {
  const { oplog } = JSON.parse(readFileSync(new URL(`${name}.json`, recordings), "utf8")) as { oplog: Recorded[] };
  return timelineOf(oplog.map(entryOf), { defaultPolicy });
}

test("what a server wrote is read as it always was", async () => {
  const texts = names.map((name) => {
    const timeline = timelineOfRecording(name);
    return [`== ${name}`, textOf(timeline, { colors: false }), ...linesOf(timeline)].join("\n");
  });
  await expect(texts.join("\n\n")).toMatchFileSnapshot("golden/recorded.txt");
}, 30_000); // a mutation tester runs it many times slower

test("a page shows it as it always did", async () => {
  const shown = ["finally-restore", "jumping-in-settled", "aborted-then-anew"];
  const stories = shown.map((title) => ({ title, text: `About ${title}.`, timeline: timelineOfRecording(title) }));
  await expect(htmlOf({ title: "Recorded", stories })).toMatchFileSnapshot("golden/page.html");
});

test("narrow, in ASCII and in colours, it says the same", async () => {
  const timeline = timelineOfRecording("finally-restore");
  const text = textOf(timeline, { title: "Recorded", colors: true, ascii: true, width: 60 });
  await expect(text.replaceAll("\u001b", "ESC")).toMatchFileSnapshot("golden/narrow.txt");
});
