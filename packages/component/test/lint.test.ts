import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lintCases } from "./lint-program.js";

/** What each source is found to have: the rule, and the start of the line that it is found at. Nothing: it is in order. */
const cases: Record<string, [what: string, source: string, ...found: string[]][]> = {
  "sleep-in-region": [
    [
      "in the body of a step, directly, by a constant, by a function",
      `const long = 10_000;
      const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
      export const a = () => retrying(patient, () => new Promise((done) => setTimeout(done, 60 * 1000)));
      export const b = () => atomically(async () => { await new Promise((done) => setTimeout(done, long)); });
      export const c = () => retrying(patient, async () => { await work(); await pause(long); });
      const body = async () => { await pause(15_000); };
      export const d = () => retrying(patient, body);
      const nap = () => pause(12_000);
      const rest = (seconds: number) => pause(seconds * 1000);
      const idle = async (ms = 20_000) => { await pause(ms); };
      export const e = () => atomically(async () => { await nap(); await rest(15); await idle(); await idle(5); });`,
      "setTimeout",
      "setTimeout",
      "pause",
      "pause",
      "nap",
      "rest",
      "idle",
    ],
    [
      "short ones, outside, a timeout, and one that nobody knows",
      `const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
      export const a = () => retrying(patient, () => pause(9_999));
      export const b = async () => { await pause(60_000); await retrying(patient, () => work()); };
      export const c = () => retrying(patient, async () => {
        const abort = new AbortController();
        setTimeout(() => abort.abort(), 30_000);
        return fetch("http://127.0.0.1/", { signal: abort.signal });
      });
      export const d = (ms: number) => retrying(patient, () => pause(ms));
      export const e = () => retry.retryingInPlace(patient, () => pause(60_000));`,
    ],
  ],
  "nested-step": [
    [
      "in a body, directly, by a function, or a loop in a loop",
      `const inner = () => retrying(patient, () => work());
      export const a = () => retrying(patient, async () => { await retrying(patient, () => work()); });
      export const b = () => retrying(patient, async () => { await inner(); });
      export const c = () => atomically(() => inner());
      export const d = () => retry.retryingInPlace(patient, () => retry.attempt(() => work()));
      export const e = () => retry.attempt(() => atomically(() => work()));
      const body = async () => { await inner(); };
      export const f = () => retrying(patient, body);`,
      "retrying",
      "inner",
      "inner",
      "retry.attempt",
      "atomically",
      "inner",
    ],
    [
      "what may be inside, and one after the other",
      `export const a = () => retrying(patient, () => atomically(() => work()));
      export const b = () => retrying(patient, () => retry.attempt(() => work()));
      export const c = () => atomically(() => retry.retryingInPlace(patient, () => work()));
      export const d = async () => { await retrying(patient, () => work()); await retrying(patient, () => work()); };
      export const e = () => withRetryPolicy(patient, () => retrying(patient, () => work()));`,
    ],
  ],
  "unread-body": [
    [
      "never read",
      `export const a = async (url: string) => (await fetch(url)).status;
      export const b = async (url: string) => { await fetch(url); };
      export const c = async (url: string) => { const { ok } = await fetch(url); return ok; };
      export const d = async (url: string) => {
        const response = await fetch(url);
        if (response.status === 429) throw retry.retryAfter(response);
        return response.ok;
      };
      export const e = (url: string) => retrying(patient, async () => {
        const response = await fetch(url);
        if (!response.ok) throw new Error("no");
      });`,
      "fetch",
      "fetch",
      "fetch",
      "fetch",
      "fetch",
    ],
    [
      "not read where the code leaves",
      `export const a = async (url: string) => {
        const response = await fetch(url);
        if (!response.ok) throw new Error("no");
        return response.text();
      };
      export const b = async (url: string) => {
        const response = await fetch(url);
        if (response.status === 404) return undefined;
        return response.json();
      };`,
      "fetch",
      "fetch",
    ],
    [
      "read first, handed on, or in a step, which drops what fails",
      `export const a = async (url: string) => {
        const response = await fetch(url);
        const text = await response.text();
        if (!response.ok) throw new Error(text);
        return text;
      };
      export const b = async (url: string) => normal(await fetch(url));
      export const c = async (url: string) => (await fetch(url)).text();
      export const d = (url: string) => fetch(url);
      export const e = async (url: string) => { const { body, ...rest } = await fetch(url); normal([body, rest]); };
      const ask = async (url: string) => {
        const response = await fetch(url);
        if (!response.ok) throw new Error("no");
        return response.text();
      };
      export const f = (url: string) => retrying(patient, async () => { return await ask(url); });
      export const g = async (url: string) => { const response = await fetch(url); normal(response); };`,
    ],
  ],
  "caught-request": [
    [
      "by catch, deeper down, and by promises",
      `const ask = async (url: string) => (await fetch(url)).text();
      export const a = async (url: string) => { try { return await ask(url); } catch { return "none"; } };
      export const b = async (url: string) => {
        try { await work(); return await (await fetch(url)).text(); } catch (error) { normal(error); }
      };
      export const c = (url: string) => ask(url).catch(() => "none");
      export const d = (url: string) => fetch(url).then((answer) => answer.text(), () => "none");
      export const e = (url: string) => Promise.allSettled([ask(url)]);
      export const f = async (url: string) => {
        try { return await withRetryPolicy(patient, () => ask(url)); } catch { return "none"; }
      };`,
      "ask",
      "fetch",
      "ask",
      "fetch",
      "ask",
      "withRetryPolicy",
    ],
    [
      "in attempt or a step, thrown on, or no request",
      `const ask = async (url: string) => (await fetch(url)).text();
      export const a = (url: string) => retry.attempt(() => ask(url));
      export const b = async (url: string) => {
        try { return await retrying(patient, () => ask(url), { exhausted: "throw" }); } catch { return "none"; }
      };
      export const c = async (url: string) => { try { return await ask(url); } catch (error) { throw new Error("no", { cause: error }); } };
      export const d = async () => { try { return await work(); } catch { return "none"; } };
      export const e = (url: string) => ask(url).catch((error) => Promise.reject(error));
      const again = async (times: number): Promise<string> => withRetryPolicy(patient, () => (times > 0 ? again(times - 1) : work()));
      export const g = async () => { try { return await again(3); } catch { return "none"; } };
      export const f = async (url: string) => {
        const text = await ask(url);
        try { return JSON.parse(text); } catch { return undefined; }
      };`,
    ],
  ],
  "restore-on-failure": [
    [
      "policy in finally",
      `export async function run() {
        const old = getRetryPolicy();
        setRetryPolicy(toWit(patient));
        try { return await work(); } finally { setRetryPolicy(old); }
      }`,
      "setRetryPolicy",
    ],
    [
      "under another name, of golem-retry, or of the namespace",
      `import { setRetryPolicy as put } from "golem-retry";
      const again = put;
      export async function run(old: retry.RetryPolicy) {
        try { await work(); } finally { put(old); again(old); retry.setRetryPolicy(old); host["setRetryPolicy"](toWit(old)); }
      }`,
      "put",
      "again",
      "retry.setRetryPolicy",
      'host["setRetryPolicy"]',
    ],
    [
      "in finally, by functions that call each other",
      `function put(old: host.RetryPolicy) { setRetryPolicy(old); }
      function reset(old: host.RetryPolicy) { put(old); }
      export async function run() {
        const old = getRetryPolicy();
        const { setRetryPolicy: set } = host;
        set(toWit(patient));
        try { return await work(); } finally { reset(old); set(old); }
      }
      function loop(old: host.RetryPolicy) { if (old.maxAttempts > 0) loop(old); }
      export async function other(old: host.RetryPolicy) { try { await work(); } finally { loop(old); } }`,
      "reset",
      "set",
    ],
    [
      "region in finally",
      `export async function run() {
        const begin = markBeginOperation();
        try { return await work(); } finally { markEndOperation(begin); }
      }`,
      "markEndOperation",
    ],
    [
      "in finally, by a function of one's own",
      `export async function run() {
        const old = getRetryPolicy();
        const restore = () => setRetryPolicy(old);
        try { return await work(); } finally { restore(); }
      }`,
      "restore",
    ],
    [
      "finally of a promise",
      `export const run = (old: retry.RetryPolicy) => work().finally(() => retry.setRetryPolicy(old));
      function restore() { setRetryPolicy(toWit(patient)); }
      export const named = () => work().finally(restore);`,
      "retry.setRetryPolicy",
      "work",
    ],
    [
      "catch that throws again",
      `export async function run() {
        const old = getRetryPolicy();
        setRetryPolicy(toWit(patient));
        try { await work(); } catch (error) { setRetryPolicy(old); throw error; }
      }
      export async function closed() {
        const begin = markBeginOperation();
        try { await work(); } catch (error) { markEndOperation(begin); if (normal(error) === undefined) throw error; }
      }
      export function promised() {
        const old = retry.getRetryPolicy();
        return work().catch((error) => { retry.setRetryPolicy(old); throw error; });
      }`,
      "setRetryPolicy",
      "markEndOperation",
      "retry.setRetryPolicy",
    ],
    [
      "dispose",
      `function override(policy: retry.RetryPolicy) {
        const old = getRetryPolicy();
        setRetryPolicy(toWit(policy));
        return { [Symbol.dispose]() { setRetryPolicy(old); } };
      }
      class Region {
        readonly begin = markBeginOperation();
        [Symbol.asyncDispose] = async () => { markEndOperation(this.begin); };
      }
      export async function run() {
        using _ = override(patient);
        await using __ = new Region();
        using stack = new DisposableStack();
        const old = getRetryPolicy();
        stack.defer(() => setRetryPolicy(old));
        await work();
      }`,
      "setRetryPolicy",
      "markEndOperation",
      "setRetryPolicy",
    ],
    [
      "on success only",
      `export async function run() {
        const old = getRetryPolicy();
        const begin = markBeginOperation();
        setRetryPolicy(toWit(patient));
        const answer = await work();
        markEndOperation(begin);
        setRetryPolicy(old);
        return answer;
      }
      export async function flagged(old: retry.RetryPolicy) {
        let done = false;
        try { await work(); done = true; } finally { if (done) retry.setRetryPolicy(old); normal("end"); }
      }`,
    ],
    [
      "a condition that failure meets too is no guard",
      `export async function run() {
        let old: retry.RetryPolicy | undefined;
        try { old = retry.getRetryPolicy(); await work(); } finally { if (old) retry.setRetryPolicy(old); }
      }`,
      "retry.setRetryPolicy",
    ],
    [
      "where the error goes no further",
      `export async function run(old: retry.RetryPolicy) {
        try { await work(); } catch { return "none"; } finally { retry.setRetryPolicy(old); }
        try {
          try { await work(); } finally { retry.setRetryPolicy(old); }
        } catch (error) { normal(error); }
        try { await work(); } catch { retry.setRetryPolicy(old); }
        return work().catch(() => { retry.setRetryPolicy(old); return "none"; });
      }`,
    ],
    [
      "a policy of its own for the error that is thrown",
      `const never = retryPolicy({ retries: 0, minDelay: "1s", maxDelay: "1s", multiplier: 1 });
      export async function run() {
        try { await work(); } catch (error) { setRetryPolicy(toWit(never)); throw error; }
      }`,
    ],
    [
      "another function of the same name",
      `export async function run(old: string) {
        const setRetryPolicy = (policy: string) => normal(policy);
        const own = { markEndOperation: (begin: string) => normal(begin) };
        try { await work(); } finally { setRetryPolicy(old); own.markEndOperation(old); }
      }`,
    ],
  ],

  "unawaited-scope": [
    [
      "a statement",
      `export async function run() {
        withRetryPolicy(patient, () => work());
        retrying(patient, () => work());
        void retry.retryingInPlace(patient, () => work());
        atomically(() => work()).catch(normal);
        (1 > 0) && retrying(patient, () => work());
      }`,
      "withRetryPolicy",
      "retrying",
      "retry.retryingInPlace",
      "atomically",
      "retrying",
    ],
    [
      "a variable that nobody reads",
      `export async function run() { const answer = retrying(patient, () => work()); }`,
      "retrying",
    ],
    [
      "a function of one's own",
      `const step = (item: string) => retrying(patient, () => work(item));
      export async function run() { step("a"); await step("b"); }`,
      "step",
    ],
    [
      "a callback whose promise is dropped",
      `export async function run(items: string[]) {
        items.forEach(async (item) => { await retrying(patient, () => work(item)); });
        items.forEach((item) => retrying(patient, () => work(item)));
        setTimeout(() => retrying(patient, () => work()), 1000);
        (async () => { await retrying(patient, () => work()); })();
      }`,
      "retrying",
      "retrying",
      "retrying",
      "retrying",
    ],
    [
      "a list of them that nobody has",
      `export async function run(items: string[]) {
        items.map((item) => retrying(patient, () => work(item)));
        Promise.all(items.map((item) => atomically(() => work(item))));
        Promise.all([retrying(patient, () => work())]);
        const all = items.map((item) => retrying(patient, () => work(item)));
      }`,
      "retrying",
      "atomically",
      "retrying",
      "retrying",
    ],
    [
      "a function of one's own that calls another",
      `const step = () => retrying(patient, () => work());
      const steps = async () => { await step(); };
      export async function run() { steps(); await steps(); }`,
      "steps",
    ],
    [
      "awaited, returned, passed on",
      `export const returned = () => retrying(patient, () => work());
      export async function run(items: string[]) {
        await withRetryPolicy(patient, async () => { for (const item of items) await retrying(patient, () => work(item)); });
        const answer = retrying(patient, () => work()).then((text) => text.length);
        normal(retrying(patient, () => work()));
        await Promise.all(items.map((item) => atomically(() => work(item))));
        const several = items.map((item) => retrying(patient, () => work(item)));
        for (const one of several) await one;
        const later = { answer: retrying(patient, () => work()) };
        const done = new Promise<string>(async (resolve) => resolve(await retrying(patient, () => work())));
        await (async () => { await retrying(patient, () => work()); })();
        return [(await answer) as number, await done, later] as const;
      }
      export const first = (item?: string) => (item ? retrying(patient, () => work(item)) : undefined);`,
    ],
    [
      "another function of the same name",
      `export function run() {
        const retrying = (body: () => Promise<string>) => { body(); };
        retrying(() => work());
      }`,
    ],
  ],

  "unrecorded-condition": [
    [
      "metadata",
      `export function run() {
        if (host.getSelfMetadata().retryCount > 0n) setRetryPolicy(toWit(patient));
        const { status } = host.getSelfMetadata();
        const failing = status === "retrying";
        return failing ? withRetryPolicy(patient, () => work()) : work();
      }`,
      "setRetryPolicy",
      "withRetryPolicy",
    ],
    [
      "a step or a region, which are on record",
      `export async function run() {
        if (host.getSelfMetadata().retryCount > 0n) return retrying(patient, () => work());
        const log = new GetOplog({ workerName: "me" }, 1n);
        return log.getNext() ? atomically(() => work()) : work();
      }`,
      "retrying",
      "atomically",
    ],
    [
      "a return before it",
      `const isRetry = () => host.getSelfMetadata().status === "retrying";
      export function run() {
        if (isRetry()) return;
        setRetryPolicy(toWit(patient));
      }`,
      "setRetryPolicy",
    ],
    [
      "what is counted or gathered in the oplog",
      `export function counted() {
        const log = new GetOplog({ workerName: "me" }, 1n);
        let errors = 0;
        for (let chunk = log.getNext(); chunk; chunk = log.getNext()) {
          for (const entry of chunk) if (entry.tag === "error") errors++;
        }
        if (errors > 2) retry.setRetryPolicy(patient);
      }
      export function gathered() {
        const entries: { tag: string }[] = [];
        const log = new GetOplog({ workerName: "me" }, 1n);
        entries.push(...(log.getNext() ?? []));
        switch (entries.filter(({ tag }) => tag === "error").length) {
          case 3: lenient();
        }
      }
      function lenient() { setRetryPolicy(toWit(patient)); }`,
      "retry.setRetryPolicy",
      "lenient",
    ],
    [
      "the policy itself",
      `export function run() {
        const retries = Number(host.getSelfMetadata().retryCount);
        retry.setRetryPolicy(retryPolicy({ retries, minDelay: "1s", maxDelay: "1s", multiplier: 1 }));
      }`,
      "retry.setRetryPolicy",
    ],
    [
      "what is replayed",
      `export async function run(tenant: string) {
        if (tenant === "slow") setRetryPolicy(toWit(patient));
        if (Date.now() % 2 === 0 || Math.random() < 0.5) setRetryPolicy(toWit(patient));
        if ((await work()) === "slow") await withRetryPolicy(patient, () => work());
        if (getRetryPolicy().maxAttempts === 0) setRetryPolicy(toWit(patient));
      }`,
    ],
    [
      "which worker it is, which stays",
      `export function run() {
        const { workerId } = host.getSelfMetadata();
        if (workerId.workerName === "slow" || host.getSelfMetadata().args.length > 1) setRetryPolicy(toWit(patient));
      }`,
    ],
    [
      "metadata that decides something else",
      `export function run() {
        if (host.getSelfMetadata().retryCount > 0n) normal("again");
        setRetryPolicy(toWit(patient));
      }`,
    ],
  ],

  "top-level-effect": [
    [
      "clocks",
      `export const built = Date.now();
      export const date = new Date();
      export const text = Date();
      export const now = performance.now();`,
      "Date.now",
      "new Date",
      "Date",
      "performance.now",
    ],
    [
      "randomness",
      `export const seed = Math.random();
      export const id = crypto.randomUUID();
      export const bytes = globalThis.crypto.getRandomValues(new Uint8Array(4));`,
      "Math.random",
      "crypto.randomUUID",
      "globalThis.crypto.getRandomValues",
    ],
    [
      "the host",
      `import { getEnvironment } from "wasi:cli/environment@0.2.0";
      export const env = new Map(getEnvironment());
      export const before = retry.getRetryPolicy();
      export const log = new GetOplog({ workerName: "me" }, 1n);
      export const answer = await fetch("http://localhost/");`,
      "getEnvironment",
      "retry.getRetryPolicy",
      "new GetOplog",
      "fetch",
    ],
    [
      "what runs at load, deeper down",
      `const clock = () => Date.now();
      const stamp = () => clock();
      export const created = stamp();
      export const all = [1, 2].map(() => Math.random());
      export const made = (() => Date.now())();
      class Cache { static readonly since = Date.now(); readonly id = crypto.randomUUID(); }
      export const cache = new Cache();
      if (Date.now() > 0) normal("at load");`,
      "stamp",
      "Math.random",
      "Date.now",
      "Date.now",
      "new Cache",
      "Date.now",
    ],
    [
      "in functions, or of no clock",
      `export const now = () => Date.now();
      export function run() { return [Math.random(), new Date(), host.getSelfMetadata()]; }
      export class Entry { at = Date.now(); static make() { return new Entry(); } }
      export const api = { async fetchIt() { return (await fetch("http://localhost/")).text(); } };
      export const start = new Date("2026-01-01"), parsed = Date.parse("2026-01-01"), most = Math.max(1, 2);
      let cached: bigint | undefined;
      export const begin = () => (cached ??= markBeginOperation());`,
    ],
    [
      "another Date",
      `namespace Own { export const Date = { now: () => 7 }; export const seven = Date.now(); }
      export const seven = Own.seven;`,
    ],
  ],

  allow: [
    [
      "on the line, or alone on the line before",
      `export const built = Date.now(); // golem-lint-allow top-level-effect: the time of the build is what is meant
      // golem-lint-allow top-level-effect: as above
      export const again = Date.now();`,
    ],
    [
      "without a reason, with another rule, or with nothing to allow",
      `export const a = Date.now(); // golem-lint-allow top-level-effect
      export const b = 1; // golem-lint-allow top-level-effect: it was a clock once
      export const c = 2; // golem-lint-allow clocks: no such rule`,
      "top-level-effect Date.now",
      "allow // golem-lint-allow top-level-effect",
      "allow // golem-lint-allow top-level-effect: it was a clock once",
      "allow // golem-lint-allow clocks: no such rule",
    ],
  ],
};

const all = Object.entries(cases).flatMap(([rule, list]) => list.map((one) => ({ rule, one })));
const results = lintCases(all.map(({ one: [, source] }) => source));

describe.each(Object.keys(cases))("%s", (rule) => {
  all.forEach(({ rule: of, one: [what, , ...found] }, index) => {
    if (of !== rule) return;
    test(what, () => {
      const wanted = found.map((text) => (rule === "allow" ? text : `${rule} ${text}`));
      expect(results[index]).toMatchObject({ errors: [], findings: wanted });
    });
  });
});

test("what a finding refers to is in the conformance suite", async () => {
  const table = await readFile(join(import.meta.dirname, "..", "..", "..", "docs", "conformance.md"), "utf8");
  const claims = [...new Set(results.flatMap((one) => one.claims))].sort();
  expect(claims).toEqual([
    "caught-then-anew",
    "count-errors-twice",
    "finally-restore",
    "memory-after-restart",
    "noise",
    "region-finally",
    "sleep-in-region-long",
    "unread-endless",
  ]);
  for (const claim of claims) expect(table).toContain(`id="${claim}"`);
});
