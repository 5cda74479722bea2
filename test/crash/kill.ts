import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../../packages/minigolem/test/server-process.js";
import { Caller, type Planned } from "./callers.js";
import { seeded } from "./seeded.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What was asked of the upstream under a path that only one call uses. */
interface Asked {
  requests: number;
  /** Kills before the first request. */
  killsBefore: number;
}

/**
 * Kills a `minigolem serve` with SIGKILL, at random moments, while workers are called all the time and during recoveries.
 * @param progress is told every twenty kills
 * @throws Error that says what was otherwise than without a kill
 */
export async function killAgainAndAgain(
  times: number,
  seed: string,
  progress: (line: string) => void,
): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), "golem-kill-"));
  const server = new ServerProcess(dataDir);
  const upstream = await openUpstream(() => server.kills);
  const random = seeded(seed);
  let over = false;
  try {
    await server.start();
    const callers = await open(server, upstream.url);
    upstream.watch(callers);
    const calling = Promise.all(callers.map((caller) => caller.callUntil(() => over, random)));
    const killing = (async () => {
      while (server.kills < times && !over) {
        const before = callers.map(({ answers }) => answers.size);
        const starving = () => callers.some(({ answers }, i) => answers.size === before[i]);
        // Every other kill waits until each caller has been answered, however slow the machine is.
        while (!over && server.kills % 2 === 0 && starving()) await pause(5);
        await pause(20 + random() ** 2 * 500); // often while the recovery from the last kill is under way
        if (over) return;
        await server.kill();
        await server.start();
        if (server.kills % 20 === 0) progress(`${server.kills} kills, ${answered(callers)} calls answered`);
      }
    })();
    await Promise.race([killing, calling.then(() => killing)]);
    over = true;
    await calling;
    for (const caller of callers) await caller.askAgain();
    upstream.check();
    return `${server.kills} kills, ${answered(callers)} calls of ${callers.length} callers answered, each once and the same again`;
  } finally {
    over = true;
    await server.kill();
    upstream.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const answered = (callers: readonly Caller[]) => callers.reduce((sum, { answers }) => sum + answers.size, 0);

/** Calls of one caller on a worker. Then it goes on with another, because each kill makes a worker replay all its calls. */
const life = 50;
const named = (worker: string, n: number) => `${worker}-${Math.ceil(n / life)}`;

async function open(server: ServerProcess, upstream: string): Promise<Caller[]> {
  const survivor = await upload(server, "survivor", "packages/minigolem/test/component/dist/component.wasm");
  const orders = await upload(server, "http-caller", "apps/http-caller/dist/http-caller.wasm");
  const callers: Caller[] = [];
  const add = (component: string, site: string, name: string, plan: (n: number) => Planned) =>
    callers.push(new Caller(server, { component, site }, name, plan));
  const own = "test:survivor-exports/api";
  const count = (worker: string) => (n: number) => ({
    worker: named(worker, n),
    function: "count",
    params: [],
    expected: `${1 + ((n - 1) % life)}`,
  });
  for (const worker of ["p1", "p2", "p3"]) {
    // Nothing but computation: a kill finds entries of the call on record, or none.
    add(survivor, own, `${worker}-count`, count(worker));
    add(survivor, own, `${worker}-compute`, (n) => ({
      worker: named(worker, n),
      function: "compute",
      params: [200_000 + n],
      expected: `${200_000 + n}`,
    }));
  }
  for (const worker of ["r1", "r2"]) {
    add(survivor, own, `${worker}-count`, count(worker));
    add(survivor, own, `${worker}-ask`, (n) => ({
      worker: named(worker, n),
      function: "ask-each",
      params: [[`${upstream}/${worker}-ask-${n}/a`, `${upstream}/${worker}-ask-${n}/b`]],
      expected: '["fine","fine"]',
    }));
  }
  await post(server, `/v1/components/${orders}/workers`, {
    name: "o1",
    args: [],
    env: { ORDERS_URL: `${upstream}/o` },
  });
  add(orders, "demo:http-caller-exports/api", "o1-order", (n) => ({
    worker: "o1",
    function: "fetch-order",
    params: [`${n}`],
  }));
  return callers;
}

async function upload(server: ServerProcess, name: string, file: string): Promise<string> {
  const form = new FormData();
  form.append("name", name);
  form.append("component", new Blob([readFileSync(join(root, file))]), "component.wasm");
  const response = await fetch(`${server.url}/v1/components`, { method: "POST", body: form });
  return ((await response.json()) as { versionedComponentId: { componentId: string } }).versionedComponentId
    .componentId;
}

async function post(server: ServerProcess, path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
}

/** Answers after a moment, so that a kill can come between; an order is there at the second request. */
async function openUpstream(kills: () => number) {
  const asked = new Map<string, Asked>();
  const excess: string[] = [];
  let callers: readonly Caller[] = [];
  const isOver = (key: string) => callers.some(({ answers }) => answers.has(key));
  const server = createServer(async (request, response) => {
    const path = request.url as string;
    const one = asked.get(path) ?? { requests: 0, killsBefore: kills() };
    asked.set(path, one);
    one.requests++;
    const order = path.startsWith("/o/");
    // Each repetition has a kill that took the answer with it.
    const needed = order ? 2 : 1;
    if (one.requests > needed + kills() - one.killsBefore) excess.push(`${path} was asked ${one.requests} times`);
    if (isOver(order ? `o1-order-${path.split("/").at(-1)}` : (path.split("/")[1] as string)))
      excess.push(`${path} was asked after its call was answered`);
    await pause(5);
    const id = path.split("/").at(-1);
    if (order && one.requests === 1) response.writeHead(503).end("not yet");
    else response.end(order ? JSON.stringify({ id, status: "sent", total: 1 }) : "fine");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    watch(all: readonly Caller[]): void {
      callers = all;
    },
    check(): void {
      const paths = callers.flatMap(({ answers }) => [...answers.keys()]).filter((key) => key.includes("-ask-"));
      for (const key of paths) if (!asked.has(`/${key}/a`)) excess.push(`/${key}/a was never asked`);
      if (excess.length > 0) throw new Error(`the upstream: ${excess.slice(0, 5).join("; ")}`);
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
