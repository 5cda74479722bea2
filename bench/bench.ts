/**
 * `npm run bench`: what the engine costs, each figure also as a multiple of a plain HTTP round trip in the same run, for machines
 * differ and are shared. With `GOLEM_URL` the same against a Golem server. Writes `results.md`.
 */
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { GolemClient, type Worker } from "golem-client";
import { buildComponent } from "golem-component";
import { startMinigolem } from "minigolem";

const folder = fileURLToPath(new URL("../packages/minigolem/test/component", import.meta.url));
const { wasm } = await buildComponent({ dir: folder });
const component = await readFile(wasm);

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
  const warmUp = await startMinigolem(); // transpiles the component, once for all engines of this user
  const { versionedComponentId } = await new GolemClient({ url: warmUp.url }).components.create("bench", {
    wasm: component,
  });
  await new GolemClient({ url: warmUp.url }).worker(versionedComponentId.componentId, "w").invoke("count");
  await warmUp.close();

  const start = performance.now();
  const real = await startMinigolem();
  await measure(new GolemClient({ url: real.url }), start);
  await real.close();

  const virtual = await startMinigolem({ time: "virtual" });
  const client = new GolemClient({ url: virtual.url });
  const made = await client.components.create("bench", { wasm: component });
  await client.worker(made.versionedComponentId.componentId, "warm").invoke("count");
  failures = 5;
  seen = 0;
  const month = () =>
    client.worker(made.versionedComponentId.componentId, "month").invoke("ask-all", [base], 6 * 86_400_000);
  note("thirty days of backoff in virtual time", await timed(month), "< 1 s");
  await virtual.close();
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
