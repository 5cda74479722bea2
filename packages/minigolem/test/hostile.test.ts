import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { whole } from "./runs.js";
import { buildHostile, buildSteps, buildWat } from "./wat/build.js";

/** Guests that take all they can get, in a process of its own: what they do to it can be measured, and it can be ended. */
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const MiB = 1 << 20;

let folder: string;
let server: ChildProcess;
let url: string;
const ids: Record<string, string> = {};
let seen = 0;
/** What the server wrote to stderr. */
let complaints = "";
const upstream = createServer((_, response) => {
  seen++;
  response.end("fine");
});
const silent = createServer(() => {});
const authority = (of: typeof upstream) => `127.0.0.1:${(of.address() as AddressInfo).port}`;

async function start(): Promise<void> {
  const flags = ["--router-port", "0", "--data-dir", folder, "--max-memory", "64", "--max-oplog", "32"];
  server = spawn(process.execPath, [cli, "serve", "--quiet", ...flags], {
    env: { ...process.env, GOLEM__RETRY__MAX_ATTEMPTS: "1", GOLEM__RETRY__MIN_DELAY: "0ms" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  server.stderr?.on("data", (data) => {
    process.stderr.write(data);
    complaints += data;
  });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    url = /(http:\/\/\S+?),? /.exec(line)?.[1] ?? "";
    if (url !== "") return;
  }
  throw new Error("minigolem did not start");
}

async function ask(method: string, path: string, body?: BodyInit) {
  const headers = typeof body === "string" ? { "content-type": "application/json" } : undefined;
  const response = await fetch(`${url}/v1/components${path}`, { method, body, headers });
  return { status: response.status, text: await response.text() };
}

async function upload(name: string, wasm: Uint8Array<ArrayBuffer>): Promise<void> {
  const form = new FormData();
  form.append("name", name);
  form.append("component", new Blob([wasm]), `${name}.wasm`);
  const { status, text } = await ask("POST", "", form);
  if (status !== 200) throw new Error(text);
  ids[name] = JSON.parse(text).versionedComponentId.componentId;
}

const call = (worker: string, name: string, params: unknown[] = [], how = "invoke-and-await") =>
  ask(
    "POST",
    `/${ids.hostile}/workers/${worker}/${how}?function=test:wat/hostile.{${name}}`,
    JSON.stringify({ params: params.map((value) => ({ value })) }),
  );
const count = (worker: string) =>
  ask("POST", `/${ids.steps}/workers/${worker}/invoke-and-await?function=test:wat/steps.{count}`, '{"params":[]}');
const metadata = async (worker: string) => JSON.parse((await ask("GET", `/${ids.hostile}/workers/${worker}`)).text);
const remove = (worker: string) => ask("DELETE", `/${ids.hostile}/workers/${worker}`);
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) * 1024;

/** Cores in use since it was last asked. */
let last = { at: 0, ticks: 0 };
function busy(): number {
  const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(" ");
  const now = { at: performance.now(), ticks: Number(user) + Number(system) };
  const cores = ((now.ticks - last.ticks) * 10) / (now.at - last.at);
  last = now;
  return cores;
}

/** Calls of other workers, in milliseconds: the 99th of 100. */
async function p99(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    const begin = performance.now();
    expect((await count("other")).status).toBe(200);
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[98] as number;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "minigolem-hostile-"));
  for (const one of [upstream, silent]) await new Promise<void>((done) => one.listen(0, "127.0.0.1", done));
  await start();
  await upload("hostile", await buildHostile());
  await upload("steps", await buildSteps());
  await count("other");
});
afterAll(() => {
  server?.kill("SIGKILL");
  for (const one of [upstream, silent]) {
    one.closeAllConnections();
    one.close();
  }
  rmSync(folder, { recursive: true, force: true });
  expect(complaints).not.toContain("an error that nobody waited for");
});

/** What may be asked of a machine with nothing else to do. */
const bearable = whole ? 100 : 1000;

const greedy: [string, () => unknown[], RegExp][] = [
  ["log", () => [], /has an oplog of 3\d MiB, and 32 MiB is the most .* raise the limit \(--max-oplog\)/],
  ["ask", () => [authority(silent)], /has 256 HTTP requests under way, the most that a worker may have/],
  ["open", () => [], /has 256 files open, the most that a worker may have/],
];
if (whole) greedy.push(["log-short", () => [], /has an oplog of 32 MiB/]);

test.each(greedy)(
  "a worker that does it without an end fails, says why, and keeps nobody waiting: %s",
  async (name, params, message) => {
    const running = call(name, name, params());
    expect(await p99()).toBeLessThan(bearable);
    expect((await running).text).toMatch(message);
    expect(await metadata(name)).toMatchObject({ status: "Failed", lastError: expect.stringMatching(message) });
    await remove(name);
  },
);

test("memory ends at the limit, and comes back with the deletion", async () => {
  await count("other");
  expect(JSON.parse((await call("grow", "grow")).text).result.value).toEqual([1024]);
  expect((await metadata("grow")).totalLinearMemorySize).toBe(64 * MiB);
  const grown = resident(); // not compared with what was before: that may hold what earlier workers have yet to give back
  await remove("grow");
  await expect.poll(resident, { timeout: 10_000 }).toBeLessThan(grown - 30 * MiB);
});

test("a request that is not to be recorded is sent again in a recovery, and waited for", async () => {
  const asked = () => call("unrecorded", "ask-unrecorded", [authority(upstream)]);
  seen = 0;
  expect((await asked()).text).toContain('"value":[200]');
  await ask("POST", `/${ids.hostile}/workers/unrecorded/interrupt?recovery-immediately=true`);
  expect((await call("unrecorded", "nothing")).status).toBe(200);
  expect(seen).toBeGreaterThan(1);
  expect((await asked()).text).toContain('"value":[200]');
});

test("a component that does not come to the end of its start stays alone, and goes", { timeout: 60_000 }, async () => {
  await upload("endless", await buildWat("start-loop.wat"));
  for (const worker of ["a", "b"])
    await ask("POST", `/${ids.endless}/workers/${worker}/invoke?function=run`, '{"params":[]}');
  expect(await p99()).toBeLessThan(bearable);
  for (const worker of ["c", "d", "e", "f"]) expect((await call(worker, "nothing")).status).toBe(200);
  for (const worker of ["a", "b"]) expect((await ask("DELETE", `/${ids.endless}/workers/${worker}`)).status).toBe(200);
  busy();
  await new Promise((done) => setTimeout(done, 500));
  await expect.poll(busy, { timeout: 30_000, interval: 500 }).toBeLessThan(0.5);
});

test("workers that compute without an end, more than threads, leave others a turn and stop when interrupted", {
  timeout: 120_000,
}, async () => {
  const spinning = Array.from({ length: whole ? 20 : 3 }, (_, i) => `spin${i}`);
  for (const worker of spinning) await call(worker, "spin", [], "invoke");
  for (const worker of ["m", "n"]) expect((await count(worker)).status).toBe(200);
  if (whole) console.log(`${spinning.length} workers compute: others are answered in ${await p99()} ms (p99)`);
  for (const worker of spinning) await ask("POST", `/${ids.hostile}/workers/${worker}/interrupt`);
  for (const worker of spinning)
    await expect.poll(async () => (await metadata(worker)).status, { timeout: 30_000 }).toBe("Interrupted");
  busy();
  await new Promise((done) => setTimeout(done, 500));
  await expect.poll(busy, { timeout: 30_000, interval: 500 }).toBeLessThan(0.5);
});

test("SIGTERM ends the process, whatever runs in it", async () => {
  for (const worker of ["spin", "log", "ask-unrecorded"]) {
    const params = worker === "ask-unrecorded" ? [authority(silent)] : [];
    await call(worker, worker, params, "invoke");
  }
  await ask("POST", `/${ids.endless}/workers/g/invoke?function=run`, '{"params":[]}');
  const waits = call("spin", "nothing").catch(() => "lost");
  expect(await p99()).toBeLessThan(1000);
  const begin = performance.now();
  server.kill("SIGTERM");
  expect((await once(server, "exit"))[0]).toBe(0);
  expect(performance.now() - begin).toBeLessThan(2000);
  await waits;
});
