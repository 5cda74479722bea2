import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Minigolem, startMinigolem } from "../dist/index.js";

const wasm = readFileSync(fileURLToPath(new URL("component/dist/component.wasm", import.meta.url)));
const day = 86_400_000;

let golem: Minigolem;
let id: string;
let failures = 0;
let seen = 0;
const upstream = createServer((_, response) => {
  seen++;
  response.statusCode = seen > failures ? 200 : 503;
  response.end("answer");
});
let base: string;

beforeAll(async () => {
  golem = await startMinigolem({ time: "virtual" });
  const form = new FormData();
  form.append("name", "survivor");
  form.append("component", new Blob([wasm]), "component.wasm");
  const made = await (await fetch(`${golem.url}/v1/components`, { method: "POST", body: form })).json();
  id = made.versionedComponentId.componentId;
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(async () => {
  upstream.close();
  await golem.close();
});

async function invoke(worker: string, name: string, ...params: unknown[]): Promise<unknown> {
  const path = `/v1/components/${id}/workers/${worker}/invoke-and-await?function=test:survivor-exports/api.{${name}}`;
  const body = JSON.stringify({ params: params.map((value) => ({ value })) });
  const response = await fetch(golem.url + path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer.result.value[0];
}

const get = async (path: string) => (await fetch(`${golem.url}/v1/components/${id}/workers/${path}`)).json();
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 5));
}

test("thirty days of backoff pass at once, with the planned delays on record", async () => {
  seen = 0;
  failures = 5;
  expect(await invoke("patient", "ask-all", [`${base}/`], 6 * day)).toEqual(["answer"]);
  expect(seen).toBe(6);
  const { entries } = await get("patient/oplog?count=1000");
  const at = (i: number) => Date.parse(entries[i].entry.timestamp);
  const errors = entries.flatMap(({ entry }: { entry: { type: string } }, i: number) =>
    entry.type === "Error" ? [i] : [],
  );
  expect(errors.map((i: number) => at(i + 1) - at(i))).toEqual(errors.map(() => 6 * day));
});

test("a component that sleeps for a year has slept for a year", async () => {
  expect(await invoke("sleeper", "pause", 2 ** 31 - 1)).toBe(2 ** 31 - 1);
});

test("a held clock stands still, and moving it runs what is due", async () => {
  golem.time?.hold();
  try {
    const call = invoke("held", "pause", 3 * day);
    await until(async () => (await get("held")).status === "Suspended");
    await golem.time?.advance(2 * day);
    expect((await get("held")).status).toBe("Suspended");
    await golem.time?.advance(day);
    expect(await call).toBe(3 * day);
  } finally {
    golem.time?.release();
  }
});
