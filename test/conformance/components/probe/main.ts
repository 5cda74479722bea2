import {
  generateIdempotencyKey,
  getIdempotenceMode,
  getOplogIndex,
  getOplogPersistenceLevel,
  getRetryPolicy,
  getSelfMetadata,
  markBeginOperation,
  markEndOperation,
  oplogCommit,
  setIdempotenceMode,
  setOplogIndex,
  setOplogPersistenceLevel,
  setRetryPolicy,
} from "golem:api/host@1.1.0";
import { getArguments, getEnvironment } from "wasi:cli/environment@0.2.0";
import type { Guest } from "golem-retry";
import { ask, hex, json, need, needUnread, parsePolicy, pause, plannedDelay, requirePolicy } from "../shared.ts";

type Api = typeof import("probe:scenarios-exports/api");

let count = 0; // in linear memory: a new instance starts at 0 and gets it back by replay

/** Sets the policy, if there is one, and gives back the one before. */
function override(text: string) {
  const old = getRetryPolicy();
  const policy = parsePolicy(text);
  if (policy) setRetryPolicy(policy);
  return old;
}

async function inRegion(policy: string, body: () => Promise<string>): Promise<string> {
  const old = override(policy);
  const begin = markBeginOperation();
  const text = await body();
  markEndOperation(begin);
  setRetryPolicy(old);
  return text;
}

const key128 = () => hex(generateIdempotencyKey());

export const api: Guest<Api> = {
  getPolicy: () => json(getRetryPolicy()),
  setPolicy(maxAttempts, minDelay, maxDelay, multiplier, jitter) {
    setRetryPolicy({ maxAttempts, minDelay, maxDelay, multiplier, maxJitterFactor: jitter < 0 ? undefined : jitter });
  },
  setGet(policy) {
    const old = override(policy);
    return json({ old, now: getRetryPolicy() });
  },
  getSetGet() {
    const old = getRetryPolicy();
    setRetryPolicy(old);
    return json({ old, now: getRetryPolicy() });
  },

  async finallyRestore(base, key, policy) {
    const old = override(policy);
    try {
      return await need(base, key);
    } finally {
      setRetryPolicy(old);
    }
  },
  async successRestore(base, key, policy) {
    const old = override(policy);
    const text = await need(base, key);
    setRetryPolicy(old);
    return text;
  },
  async successRestoreUnread(base, key, policy) {
    const old = override(policy);
    const text = await needUnread(base, key);
    setRetryPolicy(old);
    return text;
  },
  async nested(base, key, outer, inner) {
    const first = override(outer);
    const second = override(inner);
    await ask(base, `${key}?inner`);
    setRetryPolicy(second);
    const text = await need(base, `${key}?outer`);
    setRetryPolicy(first);
    return text;
  },
  async guestLoop(base, key, text) {
    const policy = requirePolicy(text);
    const seen: number[] = [];
    for (let n = 1; ; n++) {
      const answer = await ask(base, key);
      seen.push(answer.status);
      if (answer.ok) return json({ seen, text: answer.text });
      if (n > policy.maxAttempts) return json({ seen, gaveUp: answer.text });
      await pause(plannedDelay(policy, n));
    }
  },
  /** One GET read to the end, then the policy, then a throw, whatever the answer was. */
  async schedule(base, key, policy) {
    const answer = await ask(base, key);
    override(policy);
    throw new Error(`schedule ${policy || "default"} after ${answer.status}`);
  },
  async parallel(base, key, policy) {
    const old = override(policy);
    const answers = await Promise.all([1, 2, 3].map((i) => ask(base, `${key}?${i}`)));
    const bad = answers.filter((a) => !a.ok).length;
    if (bad > 0) throw new Error(`${bad} of 3 were not ok`);
    setRetryPolicy(old);
    return json(answers.map((a) => a.status));
  },
  async post(base, key, policy, body) {
    const old = override(policy);
    const text = await need(base, key, { method: "POST", headers: { "content-type": "text/plain" }, body });
    setRetryPolicy(old);
    return text;
  },
  async nonIdempotent(base, key, policy) {
    const old = override(policy);
    setIdempotenceMode(false);
    const text = await needUnread(base, key);
    setIdempotenceMode(true);
    setRetryPolicy(old);
    return text;
  },
  async persistNothing(base, key, policy) {
    const old = override(policy);
    setOplogPersistenceLevel({ tag: "persist-nothing" });
    const text = await need(base, key);
    setOplogPersistenceLevel({ tag: "smart" });
    setRetryPolicy(old);
    return text;
  },

  region: (base, key, policy) => inRegion(policy, () => need(base, key)),
  async regionFinally(base, key, policy) {
    const old = override(policy);
    const begin = markBeginOperation();
    let text: string;
    try {
      text = await need(base, key);
    } finally {
      markEndOperation(begin);
    }
    setRetryPolicy(old);
    return text;
  },
  regionUnread: (base, key, policy) => inRegion(policy, () => needUnread(base, key)),
  /** The first of two requests is always fine: is it sent again too? */
  regionTwo: (base, key, policy) =>
    inRegion(policy, async () => {
      await ask(base, `${key.replace(/^[a-z]+\//, "text/")}?first`);
      return need(base, `${key}?second`);
    }),
  async boundedClock(base, key, policy, budgetMs) {
    const old = override(policy);
    const deadline = Date.now() + budgetMs; // on record, so the same in each attempt
    const begin = markBeginOperation();
    const answer = await ask(base, key);
    if (!answer.ok) {
      if (Date.now() >= deadline) {
        markEndOperation(begin);
        throw new Error(`out of time: ${answer.status}`);
      }
      throw new Error(`upstream said ${answer.status}`);
    }
    markEndOperation(begin);
    setRetryPolicy(old);
    return answer.text;
  },
  keyInRegion: (base, key, policy) =>
    inRegion(policy, () => need(base, key, { headers: { "idempotency-key": key128() } })),
  async keyBeforeRegion(base, key, policy) {
    const id = key128();
    return inRegion(policy, () => need(base, key, { headers: { "idempotency-key": id } }));
  },

  throwPlain(message) {
    throw new Error(message);
  },
  throwAfterPolicy(policy) {
    override(policy);
    throw new Error(`after policy ${policy}`);
  },
  throwResult(message) {
    throw message;
  },
  throwErrorInResult(message) {
    // The recorded component threw an Error. The bindings knew it for an object only. Today golem-component lets an Error fail the call by itself.
    throw { message };
  },
  okResult: (message) => message,
  throwNoise(policy) {
    override(policy);
    throw new Error(`run ${++count} random ${Math.random()} date ${Date.now()} uuid ${crypto.randomUUID()}`);
  },
  jumpTrap(policy, ahead) {
    const old = override(policy);
    try {
      setOplogIndex(getOplogIndex() + ahead);
    } finally {
      setRetryPolicy(old); // does not run if the host call ends the instance
    }
    return "no trap";
  },
  /** Back to the start by hand as long as the answer is bad. */
  async jumpBack(base, key) {
    const start = getOplogIndex();
    const answer = await ask(base, key);
    if (!answer.ok) setOplogIndex(start);
    return answer.text;
  },

  async sleep(ms) {
    const start = performance.now();
    await pause(Number(ms));
    return json({ elapsed: Math.round(performance.now() - start) });
  },
  noise: () =>
    json({
      now: Date.now(),
      monotonic: performance.now(),
      random: [Math.random(), Math.random()],
      uuid: crypto.randomUUID(),
      bytes: [...crypto.getRandomValues(new Uint8Array(4))],
    }),
  counter: () => BigInt(++count),
  log(message) {
    console.log(`out ${message}`);
    console.error(`err ${message}`);
    return message;
  },
  levels() {
    const before = { level: getOplogPersistenceLevel().tag, idempotent: getIdempotenceMode() };
    setOplogPersistenceLevel({ tag: "persist-remote-side-effects" });
    setIdempotenceMode(false);
    const after = { level: getOplogPersistenceLevel().tag, idempotent: getIdempotenceMode() };
    setOplogPersistenceLevel({ tag: "smart" });
    setIdempotenceMode(true);
    return json({ before, after });
  },
  commit() {
    const before = getOplogIndex();
    oplogCommit(1);
    const between = getOplogIndex();
    const begin = markBeginOperation();
    markEndOperation(begin);
    markEndOperation(begin); // a second time does nothing, says the WIT
    return json({ between: between - before, begin: begin - between, end: getOplogIndex() - begin });
  },
  self() {
    const m = getSelfMetadata();
    return json({
      workerName: m.workerId.workerName,
      component: hex(m.workerId.componentId.uuid),
      args: m.args,
      env: m.env.map(([k]) => k).sort(),
      status: m.status,
      version: m.componentVersion,
      retryCount: m.retryCount,
    });
  },
  environment() {
    const env = Object.fromEntries(getEnvironment());
    return json({ args: getArguments(), names: Object.keys(env).sort(), probe: env.PROBE ?? null });
  },
  fetchText: (base, key) => need(base, key),
  async fetchCatch(base, key) {
    try {
      return await need(base, key);
    } catch (e) {
      return `caught ${(e as Error).name}: ${(e as Error).message}`;
    }
  },
  async fetchAbort(base, key, ms) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), ms);
    try {
      const response = await fetch(`${base}/${key}`, { signal: controller.signal });
      return await response.text();
    } catch (e) {
      return `caught ${(e as Error).name}`;
    } finally {
      clearTimeout(timer);
    }
  },
  async bigBody(base, key) {
    const response = await fetch(`${base}/${key}`);
    return BigInt((await response.arrayBuffer()).byteLength);
  },
};
