import {
  getOplogIndex,
  getRetryPolicy,
  getSelfMetadata,
  markBeginOperation,
  markEndOperation,
  setOplogIndex,
  setRetryPolicy,
} from "golem:api/host@1.1.0";
import { get, delete as remove, set } from "wasi:keyvalue/eventual@0.1.0";
import { Bucket, OutgoingValue } from "wasi:keyvalue/types@0.1.0";
import type { Guest } from "golem-retry";
import { ask, json, pause, plannedDelay, requirePolicy } from "../shared.ts";

type Api = typeof import("probe:scenarios-exports/step-api");

let count = 0;

/** A trap that no catch can see: the host refuses to jump forward. */
function trap(error: unknown): never {
  console.error(String(error));
  setOplogIndex(1n << 62n);
  throw error;
}

/** The key-value store is on record, but a Jump does not roll it back: a counter that outlives the attempts. */
const attempts = {
  read(bucket: Bucket, id: string): number {
    const value = get(bucket, id);
    return value === undefined ? 0 : Number(new TextDecoder().decode(new Uint8Array(value.incomingValueConsumeSync())));
  },
  write(bucket: Bucket, id: string, n: number): void {
    const value = OutgoingValue.newOutgoingValue();
    value.outgoingValueWriteBodySync(new TextEncoder().encode(String(n)));
    set(bucket, id, value);
  },
};

async function retrying<T>(
  text: string,
  exhausted: "fail" | "throw",
  body: (attempt: number) => Promise<T>,
): Promise<T> {
  const wanted = requirePolicy(text);
  const old = getRetryPolicy();
  const begin = markBeginOperation();
  const first = getOplogIndex() === begin + 1n; // a Jump entry stands between them when the region is done again
  const bucket = Bucket.openBucket("retry-attempts");
  const id = `${getSelfMetadata().workerId.workerName}:${begin}`;
  const attempt = first ? 0 : attempts.read(bucket, id);
  const close = () => {
    if (!first) remove(bucket, id);
    markEndOperation(begin);
    setRetryPolicy(old);
  };
  try {
    const result = await body(attempt);
    close();
    return result;
  } catch (error) {
    if (attempt < wanted.maxAttempts) {
      attempts.write(bucket, id, attempt + 1);
      const delay = BigInt(Math.round(plannedDelay(wanted, attempt + 1) * 1e6));
      setRetryPolicy({ maxAttempts: 1, minDelay: delay, maxDelay: delay, multiplier: 1 });
      return trap(error);
    }
    if (exhausted === "throw") {
      close();
      throw error;
    }
    setRetryPolicy({ maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
    return trap(error);
  }
}

/** Attempt and due time are kept together; the worker is never Retrying for longer than a recovery takes. */
async function patiently<T>(
  text: string,
  exhausted: "fail" | "throw",
  body: (attempt: number) => Promise<T>,
): Promise<T> {
  const wanted = requirePolicy(text);
  const old = getRetryPolicy();
  const begin = markBeginOperation();
  const first = getOplogIndex() === begin + 1n;
  const bucket = Bucket.openBucket("retry-attempts");
  const id = `${getSelfMetadata().workerId.workerName}:${begin}`;
  const packed = first ? 0 : attempts.read(bucket, id); // due time in ms * 1000 + attempt
  const attempt = packed % 1000;
  const close = () => {
    if (!first) remove(bucket, id);
    markEndOperation(begin);
    setRetryPolicy(old);
  };
  if (attempt > 0) {
    const left = Math.floor(packed / 1000) - Date.now();
    if (left > 0) await pause(left);
  }
  try {
    const result = await body(attempt);
    close();
    return result;
  } catch (error) {
    if (attempt < wanted.maxAttempts) {
      attempts.write(bucket, id, (Date.now() + plannedDelay(wanted, attempt + 1)) * 1000 + attempt + 1);
      setRetryPolicy({ maxAttempts: 1, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
      return trap(error);
    }
    if (exhausted === "throw") {
      close();
      throw error;
    }
    setRetryPolicy({ maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
    return trap(error);
  }
}

async function call(base: string, key: string, attempt: number): Promise<string> {
  const answer = await ask(base, key);
  if (!answer.ok) throw new Error(`attempt ${attempt + 1}: ${answer.status}`);
  return json({ attempt, text: answer.text });
}

export const stepApi: Guest<Api> = {
  step: (base, key, policy) => retrying(policy, "fail", (n) => call(base, key, n)),
  /** Two steps, each with a budget of its own; `key` is KIND/KEY/N, the second asks for KIND/KEY-b/N. */
  async twice(base, key, policy) {
    const [kind, name, n] = key.split("/");
    const a = await retrying(policy, "fail", (i) => call(base, key, i));
    const b = await retrying(policy, "fail", (i) => call(base, `${kind}/${name}-b/${n}`, i));
    return json([a, b, getRetryPolicy()]);
  },
  async fallible(base, key, policy) {
    try {
      return await retrying(policy, "throw", (n) => call(base, key, n));
    } catch (error) {
      return json([`compensated: ${(error as Error).message}`, getRetryPolicy()]);
    }
  },
  /** A caller that catches everything does not keep the step from being done again. */
  async caught(base, key, policy) {
    try {
      return await retrying(policy, "fail", (n) => call(base, key, n));
    } catch (error) {
      return `caught ${(error as Error).message}`;
    }
  },
  /** Inside an override, which is in force again after the step. */
  async within(base, key, policy) {
    setRetryPolicy({ maxAttempts: 7, minDelay: 70_000_000n, maxDelay: 700_000_000n, multiplier: 2 });
    const text = await retrying(policy, "fail", (n) => call(base, key, n));
    return json([text, getRetryPolicy()]);
  },
  patient: (base, key, policy) => patiently(policy, "fail", (n) => call(base, key, n)),
  async patientFallible(base, key, policy) {
    try {
      return await patiently(policy, "throw", (n) => call(base, key, n));
    } catch (error) {
      return json([`compensated: ${(error as Error).message}`, getRetryPolicy()]);
    }
  },
  counter: () => BigInt(++count),
};
