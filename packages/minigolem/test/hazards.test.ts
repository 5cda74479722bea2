import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type HazardKind, hazardLine, startMinigolem } from "../dist/index.js";
import { doneInRegion, findHazards, inOpenRegion } from "../src/hazards.js";
import type { NewEntry } from "../src/oplog/entries.js";
import { Regions } from "../src/oplog/regions.js";
import { golemDefaultPolicy } from "../src/retry.js";
import { invoked, record } from "./record.js";

const request: NewEntry = { type: "BeginRemoteWrite" };
/** What the future of a request's response gave: headers, or an error. */
const got = (beginIndex: number, type: "headers" | "error"): NewEntry => ({
  type: "ImportedFunctionInvoked",
  functionName: "http::types::future_incoming_response::get",
  kind: "WriteRemoteBatched",
  beginIndex,
  request: 0,
  response: { type },
});
/** The body of the response broke off. */
const broken = (beginIndex: number): NewEntry => ({
  type: "ImportedFunctionInvoked",
  functionName: "http::types::incoming_body_stream::blocking_read",
  kind: "WriteRemoteBatched",
  beginIndex,
  request: 0,
  response: { failed: { tag: "HTTP-response-incomplete" } },
});
const answered = (beginIndex: number): NewEntry => ({ type: "EndRemoteWrite", beginIndex });
const region: NewEntry = { type: "BeginAtomicRegion" };
const closed = (beginIndex: number): NewEntry => ({ type: "EndAtomicRegion", beginIndex });
const read: NewEntry = {
  type: "ImportedFunctionInvoked",
  functionName: "x",
  kind: "ReadLocal",
  request: 0,
  response: 0,
};
const clock: NewEntry = { ...read, functionName: "monotonic_clock::now" } as NewEntry;
const set = (maxAttempts: number): NewEntry => ({
  type: "ChangeRetryPolicy",
  policy: { ...golemDefaultPolicy, maxAttempts },
});
const restored = set(golemDefaultPolicy.maxAttempts);
const failure = (error = "boom"): NewEntry => ({ type: "Error", error });

/** A region that is executed again: the one that began at 2 failed at `at - 1`. */
const again = (at: number): NewEntry => ({ type: "Jump", jump: { start: 3, end: at } });
const times = (n: number, error?: string) =>
  Array.from({ length: n }, (_, i) => [failure(error), again(i * 2 + 4)]).flat();

function found(failed: boolean, ...entries: NewEntry[]): HazardKind[] {
  const log = record(invoked, ...entries);
  return [...findHazards(log, Regions.of(log), 1, failed, golemDefaultPolicy)];
}

describe("what a call left on record tells, and what looks much like it does not", () => {
  test.each<[HazardKind, boolean, NewEntry[], boolean, NewEntry[]]>([
    [
      "overlapping-requests",
      false,
      [request, request, answered(2), answered(3)],
      false,
      [request, answered(2), request, answered(4)],
    ],
    [
      "overlapping-requests",
      true,
      [request, request, answered(2), answered(3)],
      true,
      [region, request, request, answered(3), answered(4)],
    ],
    ["unread-response", false, [request, got(2, "headers")], false, [request, got(2, "headers"), answered(2)]],
    ["unread-response", true, [request, got(2, "headers")], false, [request, got(2, "error")]],
    ["unread-response", true, [request, got(2, "headers")], true, [region, request, got(3, "headers")]], // asked for again on purpose
    ["request-unanswered", false, [request, got(2, "error")], false, [request, got(2, "headers"), answered(2)]],
    ["request-unanswered", false, [request, got(2, "headers"), broken(2)], false, [request, got(2, "headers")]],
    ["unread-response", false, [request, got(2, "headers")], false, [request, got(2, "headers"), broken(2)]],
    ["request-unanswered", false, [request, read], false, [request, got(2, "headers")]],
    ["request-unanswered", true, [request, got(2, "error")], true, [region, request, got(3, "error")]],
    ["region-left-open", false, [region, read], false, [region, read, closed(2)]],
    ["region-left-open", false, [region, read], true, [region, read]], // it is what has it executed again
    ["policy-restored-by-failing-call", true, [set(9), read, restored, clock], true, [set(9), read]],
    ["policy-restored-by-failing-call", true, [set(9), restored], false, [set(9), restored]],
    ["policy-restored-by-failing-call", true, [set(9), restored], true, [set(9), restored, request, answered(4)]],
    ["region-closed-by-failing-call", true, [region, read, closed(2)], true, [region, read, closed(2), read]],
    ["region-closed-by-failing-call", true, [region, read, closed(2)], false, [region, read, closed(2)]],
    ["region-without-bound", false, [region, ...times(4), closed(2)], false, [region, ...times(3), closed(2)]],
    ["region-without-bound", true, [region, ...times(4)], true, [set(4), region, ...times(4)]],
    [
      "region-without-bound",
      true,
      [region, ...times(4)],
      true,
      [region, ...times(4, "Attempted to jump forward in oplog")],
    ],
  ])("%s", (kind, failed, raises, failedToo, nearMiss) => {
    expect(found(failed, ...raises)).toContain(kind);
    expect(found(failedToo, ...nearMiss)).not.toContain(kind);
  });
});

describe("a hazard", () => {
  let failing = true;
  const upstream = createServer((_, response) => {
    response.statusCode = failing ? 503 : 200;
    response.end();
  });
  afterAll(() => void upstream.close());

  test("is said once for each worker and kind, in its metadata and to who runs the engine", async () => {
    await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
    const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
    const said: string[] = [];
    await using golem = await startMinigolem({
      time: "virtual",
      onHazard: (hazard, { workerName }) => said.push(`${workerName}: ${hazardLine(hazard)}`),
    });
    golem.time?.hold();
    const form = new FormData();
    const wasm = readFileSync(fileURLToPath(new URL("component/dist/component.wasm", import.meta.url)));
    form.append("name", "survivor");
    form.append("component", new Blob([wasm]), "component.wasm");
    const made = await (await fetch(`${golem.url}/v1/components`, { method: "POST", body: form })).json();
    const workers = `${golem.url}/v1/components/${made.versionedComponentId.componentId}/workers`;
    const post = (path: string, body = "{}") =>
      fetch(`${workers}/${path}`, { method: "POST", body, headers: { "content-type": "application/json" } });
    const metadata = async (worker: string) => (await fetch(`${workers}/${worker}?hazards=true`)).json();
    const until = async (worker: string, status: string) => {
      while ((await metadata(worker).catch(() => ({}))).status !== status)
        await new Promise((done) => setTimeout(done, 5));
    };

    const name = "test:survivor-exports/api.{ask-all}";
    const params = JSON.stringify({ params: [{ value: [base] }, { value: 1000 }] });
    await post(`w/invoke?function=${name}`, params);
    await until("w", "Retrying");
    for (let i = 0; i < 2; i++) await post("w/interrupt");
    expect((await metadata("w")).hazards).toMatchObject([
      { kind: "retry-not-interruptible", claim: "retrying-interrupt" },
    ]);
    expect(said).toEqual([
      expect.stringMatching(/^w: hazard retry-not-interruptible: .+ Instead: .+ \(Golem 1\.2\.0, recording/),
    ]);
    expect(await (await fetch(`${workers}/w`)).json()).not.toHaveProperty("hazards"); // Golem has no such field

    failing = false;
    golem.time?.release();
    await post("idle/invoke?function=test:survivor-exports/api.{count}", '{"params":[]}');
    await until("idle", "Idle");
    await post("idle/interrupt"); // nothing waits: no hazard
    expect((await metadata("idle")).hazards).toEqual([]);
    expect(said).toHaveLength(1);
  });
});

describe("an atomic region that is open when the worker is suspended or updated", () => {
  const log = (...entries: NewEntry[]) => record(invoked, ...entries);
  const suspended = (...entries: NewEntry[]) => doneInRegion(log(...entries), Regions.of(log(...entries)));
  const write = { ...read, kind: "WriteRemote" } as NewEntry;

  test("is told when it has made requests, and not when it has only waited", () => {
    expect(suspended(region, request, answered(3), read)).toBe(true);
    expect(suspended(region, write)).toBe(true);
    expect(suspended(region, read, clock)).toBe(false);
    expect(suspended(request, answered(2), region, read)).toBe(false); // made before it
    expect(suspended(region, request, answered(3), closed(2))).toBe(false);
    expect(suspended(region, request, failure(), again(5), read)).toBe(false); // of an execution that is over
  });

  test("is told of an update, and a closed one is not", () => {
    expect(inOpenRegion(log(region, read))).toBe(true);
    expect(inOpenRegion(log(region, read, closed(2)))).toBe(false);
    expect(inOpenRegion(log(request, answered(2)))).toBe(false);
  });
});

test("a region in an ephemeral component is told, a request outside one is not", async () => {
  const upstream = createServer((_, response) => void response.end("answer"));
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
  const told = async (type: "Ephemeral" | "Durable", name: string, ...more: unknown[]) => {
    const kinds: string[] = [];
    await using golem = await startMinigolem({ onHazard: ({ kind }) => kinds.push(kind) });
    const form = new FormData();
    const wasm = readFileSync(fileURLToPath(new URL("component/dist/component.wasm", import.meta.url)));
    form.append("name", "survivor");
    form.append("component", new Blob([wasm]), "component.wasm");
    form.append("componentType", type);
    const made = await (await fetch(`${golem.url}/v1/components`, { method: "POST", body: form })).json();
    const at = `${golem.url}/v1/components/${made.versionedComponentId.componentId}/workers/w`;
    const answer = await fetch(`${at}/invoke-and-await?function=test:survivor-exports/api.{${name}}`, {
      method: "POST",
      body: JSON.stringify({ params: [[url], ...more].map((value) => ({ value })) }),
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(200);
    return kinds;
  };
  expect(await told("Ephemeral", "ask-all", 10)).toEqual(["step-in-ephemeral"]);
  expect(await told("Ephemeral", "ask-each")).toEqual([]);
  expect(await told("Durable", "ask-all", 10)).toEqual([]);
  upstream.close();
});
