import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Minigolem, startMinigolem } from "../dist/index.js";

const wasm = readFileSync(fileURLToPath(new URL("component/dist/component.wasm", import.meta.url)));

let golem: Minigolem;
let workers: string;
let base: string;
const requests: string[] = [];
const traces: (string | string[] | undefined)[] = [];
const large = Buffer.alloc(5 << 20, "x");

const upstream = createServer(async (request, response) => {
  requests.push(request.url as string);
  traces.push(request.headers.traceparent);
  let size = 0;
  for await (const chunk of request) size += chunk.length;
  switch (request.url) {
    case "/large":
      return response.end(large);
    case "/chunked":
      for (let i = 0; i < 20; i++) response.write("part");
      return response.end();
    case "/redirect":
      return response.writeHead(302, { location: "/elsewhere" }).end("over there");
    case "/dies":
      response.writeHead(200, { "content-length": "1000" });
      return response.write("half", () => response.destroy());
    case "/dies-at-once":
      return request.socket.destroy();
    case "/never":
      return; // until the guest has had enough
    case "/counts":
      return response.end("x".repeat(size >> 10));
    default:
      return response.end("ok");
  }
});

beforeAll(async () => {
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  golem = await startMinigolem({ onHazard: ({ kind }) => hazards.push(kind) });
  const form = new FormData();
  form.append("name", "survivor");
  form.append("component", new Blob([wasm]), "component.wasm");
  const made = await (await fetch(`${golem.url}/v1/components`, { method: "POST", body: form })).json();
  workers = `${golem.url}/v1/components/${made.versionedComponentId.componentId}/workers`;
});
afterAll(async () => {
  await golem.close();
  upstream.closeAllConnections();
  upstream.close();
});

async function invoke(worker: string, name: string, ...params: unknown[]) {
  const response = await fetch(`${workers}/${worker}/invoke-and-await?function=test:survivor-exports/api.{${name}}`, {
    method: "POST",
    body: JSON.stringify({ params: params.map((value) => ({ value })) }),
    headers: { "content-type": "application/json" },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer.result.value[0];
}

const hazards: string[] = [];

// A recovery replays each call, and fails the worker should one give another result than on record. Requests that overlapped, or
// were not answered to the end, are made again by it, as on Golem 1.2: that is a hazard.
test.each<[name: string, paths: string[], size: number, limit: number, expected: string[], hazard?: string]>([
  ["an answer of 5 MB", ["/large"], 0, 0, ["200 5242880"]],
  ["a body of 4 MB", ["/counts"], 4 << 20, 0, ["200 4096"]],
  ["an answer in chunks", ["/chunked"], 0, 0, ["200 80"]],
  ["a redirect, which is the component's to follow", ["/redirect"], 0, 0, ["302 10"]],
  ["a server that dies in the middle of its answer", ["/dies"], 0, 0, ["TypeError"], "request-unanswered"],
  ["a server that dies before its answer", ["/dies-at-once"], 0, 0, ["TypeError"], "request-unanswered"],
  ["a server that never answers", ["/never"], 0, 50, ["TimeoutError"], "request-unanswered"],
  ["50 at once", Array.from({ length: 50 }, (_, i) => `/${i}`), 0, 0, Array(50).fill("200 2"), "overlapping-requests"],
])("%s: the same in a replay", async (name, paths, size, limit, expected, hazard) => {
  const worker = name.replace(/\W/g, "");
  requests.length = hazards.length = 0;
  const urls = paths.map((path) => base + path);
  expect(await invoke(worker, "at-once", urls, size, limit)).toEqual(expected);
  expect(requests.sort()).toEqual([...paths].sort());
  expect(hazards).toEqual(hazard ? [hazard] : []);
  await fetch(`${workers}/${worker}/interrupt?recovery-immediately=true`, { method: "POST" });
  expect(await invoke(worker, "count")).toBe(1);
  const metadata = await (await fetch(`${workers}/${worker}`)).json();
  expect(metadata).toMatchObject({ retryCount: 0, lastError: null });
  const again = requests.slice(paths.length);
  expect(again.sort()).toEqual(hazard ? [...paths].sort() : []);
});

test("a call is queued, runs and asks the upstream in one trace", async () => {
  traces.length = 0;
  expect(await invoke("traced", "at-once", [`${base}/a`], 0, 0)).toEqual(["200 2"]);
  const { entries } = await (await fetch(`${workers}/traced/oplog?count=50`)).json();
  const of = (type: string) =>
    entries.find((one: { entry: { type: string } }) => one.entry.type === type).entry as Record<string, never>;
  const { trace_id } = of("ExportedFunctionInvoked");
  expect(trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(of("PendingWorkerInvocation").invocation).toMatchObject({ trace_id });
  expect(traces).toEqual([expect.stringMatching(`^00-${trace_id}-${of("StartSpan").span_id}-`)]);
});
