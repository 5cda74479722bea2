import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startMinigolem } from "../dist/index.js";
import type { OplogEntry } from "../src/oplog/entries.js";
import { openStore } from "../src/oplog/store.js";

test("a page of the oplog has at most 5,000 entries, and its cursor leads through all", async () => {
  const folder = mkdtempSync(join(tmpdir(), "minigolem-page-"));
  const id = "5bc12597-d837-4e99-bbe3-02e8ec44a1ab";
  const store = openStore(folder);
  const metadata = { exports: [], memories: [], producers: [], dynamicLinking: {} };
  const component = { id, version: 0, name: "c", type: "Durable" as const, size: 1, created: 1, hash: "00", metadata };
  store.components.add(component);
  const row = {
    componentId: id,
    name: "w",
    version: 0,
    status: "Idle" as const,
    created: 1,
    args: [],
    env: {},
    hazards: [],
  };
  const { key } = store.workers.add(row);
  const log: OplogEntry[] = Array.from({ length: 11_000 }, (_, i) => ({ type: "NoOp", at: i }));
  store.oplog.append(key, 0, log);
  store.close();

  const golem = await startMinigolem({ dataDir: folder });
  const sizes: number[] = [];
  let cursor = "";
  for (;;) {
    const url = `${golem.url}/v1/components/${id}/workers/w/oplog?count=100000${cursor}`;
    const { entries, next } = await (await fetch(url)).json();
    sizes.push(entries.length);
    if (!next) break;
    cursor = `&cursor=${next.next_oplog_index}-${next.current_component_version}`;
  }
  expect(sizes).toEqual([5_000, 5_000, 1_000, 0]);
  await golem.close();
  rmSync(folder, { recursive: true });
});
