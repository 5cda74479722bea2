import type { IndexedEntry, WorkerMetadata } from "golem-client";
import { golem } from "./golem.js";

/** Oplogs that are kept, so that only what is new is asked for. */
const kept = new Map<string, IndexedEntry[]>();
const underWay = new Map<string, Promise<IndexedEntry[]>>();
const most = 200;

/** A worker's oplog up to now. A longer one is another array. */
export async function readOplog({ workerId, createdAt }: WorkerMetadata): Promise<IndexedEntry[]> {
  // A worker that was deleted and made again has another oplog.
  const key = `${workerId.componentId}/${workerId.workerName}/${createdAt}`;
  const running = underWay.get(key);
  if (running) return running;
  const reading = readOn(key, workerId);
  underWay.set(key, reading);
  try {
    return await reading;
  } finally {
    underWay.delete(key);
  }
}

async function readOn(key: string, { componentId, workerName }: WorkerMetadata["workerId"]): Promise<IndexedEntry[]> {
  const before = kept.get(key) ?? [];
  const from = (before.at(-1)?.oplogIndex ?? 0) + 1;
  const more = await golem.worker(componentId, workerName).oplog({ from });
  const entries = more.length > 0 ? [...before, ...more] : before;
  kept.delete(key);
  kept.set(key, entries);
  for (const oldest of kept.keys()) {
    if (kept.size <= most) break;
    kept.delete(oldest);
  }
  return entries;
}
