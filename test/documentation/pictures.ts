/** docs/pictures: real runs, drawn for a light and for a dark page. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { GolemClient, type IndexedEntry } from "golem-client";
import { golemDefaults, type RetryPolicy } from "golem-retry/policy";
import { startUpstream } from "golem-testkit/upstream";
import { svgOf, timelineOf } from "golem-timeline";
import { startMinigolem, type VirtualTime } from "minigolem";
import { root } from "./pages.js";
import { type Scene, scenes } from "./scenes.js";

/** Where they are. */
export const pictures = join(root, "docs/pictures");

/** Makes all of them anew, in a folder that may be there already. */
export async function writePictures(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const scene of scenes) {
    const entries = await played(scene);
    const timeline = timelineOf(entries, { defaultPolicy: asTimelinePolicy(golemDefaults) });
    const names = Object.entries(scene.policies).map(([name, policy]) => ({ name, policy: asTimelinePolicy(policy) }));
    for (const theme of ["light", "dark"] as const) {
      const svg = svgOf(timeline, { title: scene.title, names, theme, width: 840, id: scene.name });
      // How often the JavaScript engine reads its clock differs from run to run, and so do indices.
      const stable = svg.replaceAll(/ data-oplog-index="\d+"| to entry \d+/g, "");
      writeFileSync(join(folder, `${scene.name}-${theme}.svg`), `${stable}\n`);
    }
  }
}

const ms = (ns: bigint) => Number(ns) / 1e6;
const asTimelinePolicy = ({ retries, minDelay, maxDelay, multiplier, jitter }: RetryPolicy) => ({
  retries,
  minDelay: ms(minDelay),
  maxDelay: ms(maxDelay),
  multiplier,
  jitter,
});

/** Plays a scene in virtual time. @returns the worker's oplog */
async function played({ name, wasm, variable, upstream: script, act, traps }: Scene): Promise<IndexedEntry[]> {
  await using golem = await startMinigolem({ time: "virtual", onHazard: () => {} });
  const upstream = await startUpstream();
  script(upstream);
  const slow = await slowly(upstream.url, golem.time as VirtualTime);
  try {
    const client = new GolemClient({ url: golem.url });
    const { versionedComponentId } = await client.components.create(name, { wasm: readFileSync(join(root, wasm)) });
    const worker = client.worker(versionedComponentId.componentId, name);
    await worker.create({ env: variable ? { [variable]: slow.url } : {} });
    await act(worker, slow.url).catch(() => {});
    const entries = await worker.oplog();
    const last = traps && entries.filter(({ entry }) => entry.type === "Error")[traps - 1];
    return last ? entries.slice(0, entries.indexOf(last) + 1) : entries;
  } finally {
    slow.close();
    await upstream.close();
  }
}

/** Milliseconds that each answer takes, so that a picture has something to show. */
const answerTime = 24;

/** Stands before an upstream, and lets virtual time pass before each answer. */
async function slowly(target: string, time: VirtualTime): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    time.hold();
    await time.advance(answerTime);
    time.release();
    const answer = await fetch(target + request.url, { method: request.method ?? "GET" });
    const after = answer.headers.get("retry-after");
    response.writeHead(answer.status, after === null ? {} : { "retry-after": after });
    response.end(await answer.text());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}
