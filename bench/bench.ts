/**
 * `npm run bench`: what the engine costs, each figure also as a multiple of a plain HTTP round trip in the same run, for machines
 * differ and are shared. With `GOLEM_URL` the same against a Golem server. Writes `results.md`.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { GolemClient, type Worker } from "golem-client";
import { buildComponent } from "golem-component";

const folder = fileURLToPath(new URL("../packages/minigolem/test/component", import.meta.url));
const { wasm } = await buildComponent({ dir: folder });
const component = await readFile(wasm);

/** A minigolem in a process of its own, as its users have it: what runs this file slows threads down. */
async function serve(time: "real" | "virtual"): Promise<{ client: GolemClient; stop(): Promise<void> }> {
  const cli = fileURLToPath(new URL("../packages/minigolem/dist/cli.js", import.meta.url));
  const data = mkdtempSync(join(tmpdir(), "minigolem-bench-"));
  const args = [cli, "serve", "--router-port", "0", "--data-dir", data, "--time", time];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\d.:]+/.exec(line)?.[0];
    if (!url) continue;
    const stop = async () => {
      server.kill("SIGTERM");
      await once(server, "exit");
      rmSync(data, { recursive: true, force: true });
    };
    return { client: new GolemClient({ url }), stop };
  }
  throw new Error("minigolem did not start");
}

const timed = async (act: () => Promise<unknown>) => {
  const start = performance.now();
  await act();
  return performance.now() - start;
};
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const times = async (count: number, act: (i: number) => Promise<number>) => {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await act(i));
  return median(all);
};

let failures = 0;
let seen = 0;
const upstream = createServer((_, response) => {
  seen++;
  response.statusCode = seen > failures ? 200 : 503;
  response.end("answer");
});
await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;

const figures: { name: string; ms: number; goal: string }[] = [];
const note = (name: string, ms: number, goal = "") => {
  figures.push({ name, ms, goal });
  console.log(`${name.padEnd(62)} ${ms.toFixed(1).padStart(9)} ms`);
};

note("a plain HTTP round trip", await times(200, () => timed(() => fetch(base).then((r) => r.text()))));

async function measure(client: GolemClient, start: number): Promise<void> {
  const { versionedComponentId } = await client.components.create(`bench-${randomUUID()}`, { wasm: component });
  const worker = () => client.worker(versionedComponentId.componentId, randomUUID());
  const warm = worker();
  await warm.invoke("count");
  note("the engine's start to the first answer", performance.now() - start, "< 1 s");
  note(
    "first call of a new worker, median of 10",
    await times(10, () => timed(() => worker().invoke("count"))),
    "< 60 ms",
  );
  note("call of a warm worker, median of 100", await times(100, () => timed(() => warm.invoke("count"))), "< 3 ms");
  for (let i = 0; i < 1000; i++) await warm.invoke("count");
  note("the same after 1000 calls", await times(100, () => timed(() => warm.invoke("count"))));
  const failing = async (one: Worker) => {
    failures = 20;
    seen = 0;
    return (await timed(() => one.invoke("ask-all", [base], 0))) / 21;
  };
  note("execution that fails, its recovery included, median of 3", await times(3, () => failing(worker())), "< 30 ms");
  const old = worker();
  for (let i = 0; i < 100; i++) await old.invoke("count");
  note("the same after 100 earlier calls", await failing(old), "< 100 ms");
}

const server = process.env.GOLEM_URL;
if (server) await measure(new GolemClient({ url: server }), performance.now());
else {
  const warmUp = await serve("real"); // transpiles the component, once for all engines of this user
  const { versionedComponentId } = await warmUp.client.components.create("bench", { wasm: component });
  await warmUp.client.worker(versionedComponentId.componentId, "w").invoke("count");
  await warmUp.stop();

  const start = performance.now();
  const real = await serve("real");
  await measure(real.client, start);
  await real.stop();

  const virtual = await serve("virtual");
  const made = await virtual.client.components.create("bench", { wasm: component });
  const worker = (name: string) => virtual.client.worker(made.versionedComponentId.componentId, name);
  await worker("warm").invoke("count");
  failures = 5;
  seen = 0;
  note(
    "thirty days of backoff in virtual time",
    await timed(() => worker("month").invoke("ask-all", [base], 6 * 86_400_000)),
    "< 1 s",
  );
  await virtual.stop();
}
upstream.close();

const roundTrip = (figures[0] as { ms: number }).ms;
const rows = figures.map(
  ({ name, ms, goal }) => `| ${name} | ${ms.toFixed(1)} | ${(ms / roundTrip).toFixed(1)} | ${goal} |`,
);
const text = `# ${server ? "A Golem server" : "minigolem"}, measured

Node ${process.version}, ${cpus().length} cores; by \`npm run bench\`. A shared machine: read the multiples, not the milliseconds.

| | ms | × round trip | goal |
| --- | --: | --: | --: |
${rows.join("\n")}
`;
await writeFile(fileURLToPath(new URL(server ? "results-golem.md" : "results.md", import.meta.url)), text);
