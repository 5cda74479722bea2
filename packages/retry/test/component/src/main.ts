import * as host from "golem:api/host@1.1.0";
import { Bucket } from "wasi:keyvalue/types@0.1.0";
import {
  type Attempt,
  atomically,
  attempt,
  type Execution,
  type Guest,
  getRetryPolicy,
  giveUp,
  idempotencyKey,
  type RetryPolicyOptions,
  retryAfter,
  retrying,
  retryingInPlace,
  retryPolicy,
  type StepOptions,
  setRetryPolicy,
  withRetryPolicy,
} from "golem-retry";

const policyOf = (json: string) => retryPolicy(JSON.parse(json) as RetryPolicyOptions);

class Answer extends Error {
  override name = "Answer";
  constructor(readonly status: number) {
    super(`upstream said ${status}`);
  }
}

/** "retryIf": a number is the one status that is worth a retry. */
function optionsOf(json: string): StepOptions {
  const { retryIf, ...options } = JSON.parse(json || "{}") as StepOptions & { retryIf?: number };
  if (retryIf === undefined) return options;
  return { ...options, retryIf: (error) => (error as Answer).status === retryIf };
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

const json = (value: unknown) =>
  JSON.stringify({ value, policy: getRetryPolicy() }, (_, each) => (typeof each === "bigint" ? Number(each) : each));

const message = (error: unknown) => (error as Error).message;

/** 429 says when, 410 is final, any other failure is worth a retry. */
async function ask(
  url: string,
  { signal, ...execution }: Partial<Execution> = {},
  headers: Record<string, string> = {},
) {
  const response = await fetch(url, { signal, headers });
  const text = await response.text();
  if (response.status === 429) throw retryAfter(response);
  if (response.status === 410) throw giveUp(new Answer(410));
  if (!response.ok) throw new Answer(response.status);
  return { text, ...execution };
}

const shown = (tried: Attempt<{ text: string }>) => (tried.ok ? tried.value.text : seen(tried.error));

/** By its name, so that a test is one for both. */
const by = (how: string) => (how === "in-place" ? retryingInPlace : retrying);

/** A step, and then another request. */
async function andThen(how: typeof retrying, url: string, policy: string, options: string) {
  const first = await how(policyOf(policy), (execution) => ask(url, execution), optionsOf(options));
  return json([first, await ask(`${url}/after`)]);
}

/** What a caller can see of an error. */
function seen(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: error };
  const { name, message, cause } = error;
  const kind = Object.getPrototypeOf(error).constructor.name;
  return { ...error, kind, name, message, ...(cause === undefined ? {} : { cause: seen(cause) }) };
}

class OutOfStock extends RangeError {
  override name = "OutOfStock";
  readonly item = "tea";
  readonly left = 7n;
  readonly since = new Date(0);
  readonly again = () => true;
  readonly long = "x".repeat(20_000);
  readonly itself = this;
  get price(): number {
    throw new Error("not for sale");
  }
}

const oddErrors: Record<string, () => unknown> = {
  "own class": () => Object.assign(new OutOfStock("no tea", { cause: new TypeError("empty") }), { code: [1, 2] }),
  proxy: () =>
    new Proxy(new Error("hidden"), {
      ownKeys() {
        throw new Error("no keys");
      },
    }),
  getter: () =>
    Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("no message");
      },
    }),
  "proxy of traps": () => {
    const no = () => {
      throw new Error("no");
    };
    return new Proxy(new Error("hidden"), { get: no, has: no, getPrototypeOf: no, ownKeys: no });
  },
  "revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  cycle: () => {
    const ring: { name: string; next?: unknown } = { name: "ring" };
    ring.next = ring;
    const error: Error & { ring?: unknown; deep?: unknown } = new Error("round and round");
    error.cause = new Error("inner", { cause: error });
    error.ring = ring;
    error.deep = Array.from({ length: 50 }).reduce((inner) => ({ inner }), {});
    return error;
  },
  huge: () => Object.assign(new Error("x".repeat(5_000_000)), { items: Array(200_000).fill("y".repeat(50)) }),
  bigint: () => 5n,
  long: () => "x".repeat(20_000),
  string: () => "out of stock",
  undefined: () => undefined,
  object: () => ({ code: 7 }),
  "class with payload": () => Object.assign(new Error("no such item"), { payload: "no such item" }),
};

/** A scope whose policy has so many retries, and what it does: waits, opens others, and succeeds or fails. */
export interface ScopeProgram {
  retries: number;
  restore: "success" | "always";
  pause: number;
  inner: ScopeProgram[];
  end: "succeeds" | "fails" | "fails, and is caught";
}

/** Runs it; `seen` gets the retries in force at each begin, at each end of a body, and after each scope that was left. */
async function runScopes({ retries, restore, pause: ms, inner, end }: ScopeProgram, seen: number[]): Promise<void> {
  const now = () => void seen.push(getRetryPolicy().retries);
  const policy = retryPolicy({ retries, minDelay: "1s", maxDelay: "1s", multiplier: 1 });
  const body = async () => {
    now();
    if (ms > 0) await pause(ms);
    for (const each of inner) await runScopes(each, seen);
    now();
    if (end !== "succeeds") throw new Error(end);
  };
  const left = withRetryPolicy(policy, body, { restore });
  await (end === "fails, and is caught" ? left.catch(() => {}) : left);
  now();
}

let count = 0;

const taken: Uint8Array[] = [];

/** Takes memory until not even a kilobyte is left. @throws "out of memory" */
function useUpMemory(): never {
  for (let size = 2 ** 26; size >= 2 ** 10; ) {
    try {
      taken.push(new Uint8Array(size).fill(1));
    } catch {
      size /= 4;
    }
  }
  for (;;) taken.push(new Uint8Array(2 ** 26));
}

export const api: Guest<typeof import("demo:retry-cases-exports/api")> = {
  step: async (url, policy, options) =>
    json(await retrying(policyOf(policy), (execution) => ask(url, execution), optionsOf(options))),
  async twoSteps(url, policy, options) {
    const a = await retrying(policyOf(policy), (execution) => ask(url, execution), optionsOf(options));
    const b = await retrying(policyOf(policy), (execution) => ask(`${url}/b`, execution), optionsOf(options));
    return json([a, b]);
  },
  async stepCaught(url, policy, options) {
    try {
      return json(await retrying(policyOf(policy), (execution) => ask(url, execution), optionsOf(options)));
    } catch (error) {
      return json(`caught ${message(error)}`);
    }
  },
  async inPlaceCaught(url, policy, options) {
    try {
      return json(await retryingInPlace(policyOf(policy), (execution) => ask(url, execution), optionsOf(options)));
    } catch (error) {
      return json(`caught ${message(error)}`);
    }
  },
  stepInScope: (url, policy, options) =>
    withRetryPolicy(retryPolicy({ retries: 7, minDelay: "70ms", maxDelay: "700ms", multiplier: 2 }), async () =>
      json(await retrying(policyOf(policy), (execution) => ask(url, execution), optionsOf(options))),
    ),
  async scopeInStep(url, policy, options) {
    const inner = retryPolicy({ retries: 7, minDelay: "70ms", maxDelay: "700ms", multiplier: 2 });
    try {
      return json(
        await retrying(
          policyOf(policy),
          (execution) => withRetryPolicy(inner, () => ask(url, execution)),
          optionsOf(options),
        ),
      );
    } catch (error) {
      return json(`caught ${message(error)}`);
    }
  },
  async stepWithKey(url, policy) {
    const key = idempotencyKey();
    await retrying(policyOf(policy), (execution) => ask(url, execution, { "idempotency-key": key }));
    return json(key);
  },

  async stepInStep(url, policy, options) {
    try {
      return json(
        await retrying(
          policyOf(policy),
          () => retrying(policyOf(policy), (execution) => ask(url, execution)),
          optionsOf(options),
        ),
      );
    } catch (error) {
      return json(`caught ${message(error)}`);
    }
  },
  stepsAtOnce: async (url, policy) =>
    json(await Promise.all([1, 2].map(() => retrying(policyOf(policy), (execution) => ask(url, execution))))),
  async stepsAtOnceSettled(url, policy) {
    const settled = await Promise.allSettled([1, 2].map(() => retrying(policyOf(policy), (each) => ask(url, each))));
    return json(settled.map((each) => (each.status === "fulfilled" ? each.value : message(each.reason))));
  },
  stepInAtomically: (url, policy) =>
    atomically(async () => json(await retrying(policyOf(policy), (execution) => ask(url, execution)))),
  keyInside: async (how, policy) =>
    json(await by(how)(policyOf(policy), () => idempotencyKey(), { exhausted: "throw" }).catch(message)),

  inPlace: async (url, policy, options) =>
    json(
      await retryingInPlace(policyOf(policy), (execution) => ask(url, execution), optionsOf(options)).catch(
        (error) => `caught ${message(error)}`,
      ),
    ),
  tried: async (url, options) =>
    json(await attempt(({ signal }) => ask(url, { signal }), optionsOf(options)).then(shown)),
  triedInStep: async (url, policy, options) =>
    json(
      await retrying(
        policyOf(policy),
        async ({ attempt: number }) => {
          const a = await attempt(() => ask(`${url}/a`));
          const b = await attempt(() => ask(`${url}/b`));
          const { text } = await ask(`${url}/c`);
          return { a: shown(a), b: shown(b), c: text, number };
        },
        optionsOf(options),
      ),
    ),
  triedInAtomically: async (url) =>
    json(
      await atomically(async () => {
        const a = await attempt(() => ask(`${url}/a`));
        return { a: shown(a), b: (await ask(`${url}/b`)).text };
      }),
    ),
  thrown: async (how, kind, policy) =>
    json(
      await by(how)(
        policyOf(policy),
        () => {
          throw oddErrors[kind]?.();
        },
        { exhausted: "throw" },
      ).catch(seen),
    ),
  async changed(how, url, policy) {
    const before = count;
    const value = await by(how)(policyOf(policy), async (execution) => {
      count++;
      return (await ask(url, execution)).attempt;
    });
    return json([value, count - before]);
  },
  async overlapping(kinds, url, policy) {
    const one: Record<string, (path: string) => Promise<unknown>> = {
      step: (path) => retrying(policyOf(policy), () => ask(url + path)),
      "in-place": (path) => retryingInPlace(policyOf(policy), () => ask(url + path)),
      attempt: (path) => attempt(() => ask(url + path)),
      atomically: (path) => atomically(() => ask(url + path)),
      "in-place in in-place": (path) =>
        retryingInPlace(
          policyOf(policy),
          async () => {
            await ask(url + path);
            return attempt(() => ask(url + path));
          },
          { exhausted: "throw" },
        ),
      "step in in-place": (path) =>
        retryingInPlace(policyOf(policy), () => retrying(policyOf(policy), () => ask(url + path)), {
          exhausted: "throw",
        }),
      "left in step": (path) =>
        retrying(policyOf(policy), async () => {
          void attempt(() => ask(url + path)); // golem-lint-allow unawaited-scope: what comes of it is what is shown
        }),
    };
    const settled = await Promise.allSettled(kinds.split(", ").map((kind, i) => one[kind]?.(`/${i}`)));
    return json(settled.map((each) => (each.status === "fulfilled" ? each.value : message(each.reason))));
  },
  inPlaceAtOnce: async (url, policy) =>
    json(await Promise.all([0, 1].map((i) => retryingInPlace(policyOf(policy), () => ask(`${url}/${i}`))))),
  async storeAway(how, when, url, policy, options) {
    const open = Bucket.openBucket;
    const away = () => {
      throw new Error("the store is away");
    };
    const { parse } = JSON;
    const [parsedPolicy, parsedOptions] = [policyOf(policy), optionsOf(options)];
    if (when === "read") JSON.parse = away; // a bucket that can't be opened would fail the writing before it
    const body = async (execution: Execution) => {
      if (when === "write" || (when === "delete" && execution.attempt > 0)) Bucket.openBucket = away;
      return ask(url, execution);
    };
    try {
      return json(await by(how)(parsedPolicy, body, parsedOptions));
    } catch (error) {
      return json(`caught ${message(error)}`);
    } finally {
      Bucket.openBucket = open;
      JSON.parse = parse;
    }
  },
  async clockSetBack(how, url, policy) {
    const now = Date.now;
    const body = async (execution: Execution) => {
      if (execution.attempt === 0) Date.now = () => now() + 3_600_000; // and not in the next instance
      return ask(url, execution);
    };
    return json(await by(how)(policyOf(policy), body));
  },
  inPlaceInStep: async (url, policy) =>
    json(await retrying(policyOf(policy), () => retryingInPlace(policyOf(policy), (execution) => ask(url, execution)))),
  loopInStep: async (url, policy, inner, options) =>
    json(
      await retrying(
        policyOf(policy),
        async ({ attempt: number }) => {
          const a = await retryingInPlace(policyOf(inner), (execution) => ask(`${url}/a`, execution));
          const { text } = await ask(`${url}/b`);
          return { a, b: text, number };
        },
        optionsOf(options),
      ).catch((error) => `caught ${message(error)}`),
    ),

  async oddError(how, kind, policy) {
    const [when, what] = kind.split(/ (.*)/, 2) as [string, string];
    const error = oddErrors[what];
    if (!error) throw new Error(`no odd error is called ${what}`);
    const body = ({ attempt }: Execution): number | Promise<number> => {
      if (attempt >= 2) return attempt;
      if (when === "thrown") throw error();
      return Promise.reject(error());
    };
    return json(await by(how)(policyOf(policy), body));
  },
  fallible: (how, url, policy, options) =>
    by(how)(
      policyOf(policy),
      async (execution) => {
        try {
          return (await ask(url, execution)).text;
        } catch (error) {
          throw message(error); // no Error: of a function with a result it is the err
        }
      },
      optionsOf(options),
    ),
  async stepWithTrap(url, policy) {
    const body = async (execution: Execution) => {
      try {
        return await ask(url, execution);
      } catch (error) {
        if ((error as Answer).status === 500) host.setOplogIndex(1n << 62n);
        if ((error as Answer).status === 507) useUpMemory();
        throw error;
      }
    };
    return json(await retrying(policyOf(policy), body));
  },
  stepThen: (url, policy, options) => andThen(retrying, url, policy, options),
  inPlaceThen: (url, policy, options) => andThen(retryingInPlace, url, policy, options),
  async stepUnderRaw(how, url, policy, raw) {
    const { minDelay, maxDelay, multiplier, ...rest } = JSON.parse(raw);
    const record = { ...rest, minDelay: BigInt(minDelay), maxDelay: BigInt(maxDelay), multiplier: Number(multiplier) };
    host.setRetryPolicy(record);
    await by(how)(policyOf(policy), (execution) => ask(url, execution));
    const after = host.getRetryPolicy();
    return JSON.stringify({
      value: {
        ...after,
        minDelay: `${after.minDelay}`,
        maxDelay: `${after.maxDelay}`,
        multiplier: `${after.multiplier}`,
      },
    });
  },
  stepLeft(url, policy) {
    void retrying(policyOf(policy), (execution) => ask(url, execution)); // golem-lint-allow unawaited-scope: what comes of it is what is shown
    return json("left");
  },
  stepUnsettled: async (policy, options) =>
    json(await retrying(policyOf(policy), () => new Promise<never>(() => {}), optionsOf(options)).catch(message)),

  override: (url, policy, restore) =>
    withRetryPolicy(policyOf(policy), async () => json(await ask(url)), { restore: restore as "success" | "always" }),
  async overrideCaught(url, policy, restore) {
    try {
      await withRetryPolicy(policyOf(policy), () => ask(url), { restore: restore as "success" | "always" });
      return json("succeeded");
    } catch (error) {
      return json(`caught ${message(error)}`);
    }
  },
  async overrideNested(url, policy) {
    const inner = retryPolicy({ retries: 9, minDelay: "9ms", maxDelay: "9ms", multiplier: 1 });
    return withRetryPolicy(policyOf(policy), async () => {
      const inside = await withRetryPolicy(inner, () => getRetryPolicy().retries);
      return json([inside, await ask(url)]);
    });
  },
  async overrideOverlapping(policy) {
    const first = withRetryPolicy(policyOf(policy), () => pause(10));
    const second = withRetryPolicy({ ...policyOf(policy), retries: 99 }, async () => {
      await pause(20);
      return getRetryPolicy().retries;
    });
    await first;
    return json(await second);
  },
  async scopes(program) {
    const seen: number[] = [];
    await runScopes(JSON.parse(program) as ScopeProgram, seen).catch(() => {});
    return json(seen);
  },
  atomic: (url) =>
    atomically(async () => {
      const a = await ask(`${url}/a`);
      const b = await atomically(() => ask(`${url}/b`));
      return json([a, b]);
    }),

  setPolicy(policy) {
    setRetryPolicy(policyOf(policy));
    return json(null);
  },
  getPolicy: () => json(null),
  count: () => ++count,
};
