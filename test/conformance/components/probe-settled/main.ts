import {
  getOplogIndex,
  getRetryPolicy,
  getSelfMetadata,
  markBeginOperation,
  markEndOperation,
  setOplogIndex,
  setRetryPolicy,
} from "golem:api/host@1.1.0";
import type { Guest } from "golem-retry";
import { ask, json, type Policy, pause, plannedDelay, requirePolicy } from "../shared.ts";
import { type Progress, Store } from "./progress.ts";

type Api = typeof import("probe:scenarios-exports/settled-api");

let count = 0;

/** A trap that no catch can see: the host refuses to jump forward. */
function trap(error: unknown): never {
  console.error(String(error));
  setOplogIndex(1n << 62n);
  throw error;
}

const storeOf = (at: bigint) => new Store(`${getSelfMetadata().workerId.workerName}:${at}`);

async function call(base: string, key: string, attempt: number): Promise<string> {
  const answer = await ask(base, key);
  if (!answer.ok) throw new Error(`attempt ${attempt + 1}: ${answer.status}`);
  return json({ attempt, text: answer.text });
}

/** What a failed execution leaves in the store: when the next is due, or how the step ended. */
function afterFailure(policy: Policy, attempt: number, error: unknown): Progress {
  const failed = attempt + 1;
  if (attempt >= policy.maxAttempts) return { attempt: failed, due: 0, failed: String((error as Error).message) };
  return { attempt: failed, due: Date.now() + plannedDelay(policy, failed) };
}

/** The last failure is stored and trapped like those before it: the execution that tells the caller has asked nothing. */
async function settled<T>(text: string, body: (attempt: number) => Promise<T>): Promise<T> {
  const wanted = requirePolicy(text);
  const old = getRetryPolicy();
  const begin = markBeginOperation();
  const first = getOplogIndex() === begin + 1n; // a Jump entry stands between them when the region is done again
  const store = storeOf(begin);
  const { attempt, due, failed } = first ? { attempt: 0, due: 0, failed: undefined } : store.read();
  const close = () => {
    markEndOperation(begin);
    if (!first) store.remove();
    setRetryPolicy(old);
  };
  if (failed !== undefined) {
    close();
    throw new Error(failed);
  }
  const left = due - Date.now();
  if (left > 0) await pause(left);
  try {
    const result = await body(attempt);
    close();
    return result;
  } catch (error) {
    store.write(afterFailure(wanted, attempt, error));
    setRetryPolicy({ maxAttempts: 2, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
    return trap(error);
  }
}

/**
 * No region, no trap, no policy: each execution has a mark of its own, and a failure jumps back to it. What stands after the mark
 * is read again, and tells that the execution has failed. Golem refuses to jump to the same mark twice.
 */
async function jumping<T>(text: string, body: (attempt: number) => Promise<T>): Promise<T> {
  const wanted = requirePolicy(text);
  const store = storeOf(getOplogIndex());
  for (let attempt = 0; ; attempt++) {
    const mark = getOplogIndex();
    const now = store.read();
    if (now.attempt > attempt) {
      if (now.failed !== undefined) {
        store.remove();
        throw new Error(now.failed);
      }
      const left = now.due - Date.now();
      if (left > 0) await pause(left);
      continue;
    }
    try {
      const result = await body(attempt);
      if (attempt > 0) store.remove();
      return result;
    } catch (error) {
      store.write(afterFailure(wanted, attempt, error));
      setOplogIndex(mark);
      throw error;
    }
  }
}

async function told(work: Promise<string>): Promise<string> {
  try {
    return await work;
  } catch (error) {
    return json([`compensated: ${(error as Error).message}`, getRetryPolicy()]);
  }
}

export const settledApi: Guest<Api> = {
  settled: (base, key, policy) => told(settled(policy, (n) => call(base, key, n))),
  jumping: (base, key, policy) => told(jumping(policy, (n) => call(base, key, n))),
  async jumpingTwice(base, key, policy) {
    const [kind, name, n] = key.split("/");
    const a = await told(jumping(policy, (i) => call(base, key, i)));
    const b = await told(jumping(policy, (i) => call(base, `${kind}/${name}-b/${n}`, i)));
    return json([a, b, getRetryPolicy()]);
  },
  jumpingInSettled: (base, key, policy) => told(settled(policy, () => jumping(policy, (n) => call(base, key, n)))),
  async sleepInRegion(base, key, ms) {
    const begin = markBeginOperation();
    const store = new Store(`${getSelfMetadata().workerId.workerName}:${begin}:sleeps`);
    const text = await call(base, key, 0);
    const { attempt } = store.read();
    if (attempt < 2) {
      store.write({ attempt: attempt + 1, due: 0 });
      await pause(ms);
    }
    markEndOperation(begin);
    return json({ text, sleeps: attempt });
  },
  async bodyCatches(base, key) {
    const [, name] = key.split("/");
    const begin = markBeginOperation();
    const first = await call(base, key, 0).catch(() => "no answer");
    const second = await call(base, `text/${name}-b/0`, 0);
    markEndOperation(begin);
    return json([first, second]);
  },
  counter: () => BigInt(++count),
};
