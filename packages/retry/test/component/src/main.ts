import {
  atomically,
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

let count = 0;

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
  keyInStep: async (_, policy) =>
    json(await retrying(policyOf(policy), () => idempotencyKey(), { exhausted: "throw" }).catch(message)),

  inPlace: async (url, policy, options) =>
    json(
      await retryingInPlace(policyOf(policy), (execution) => ask(url, execution), optionsOf(options)).catch(
        (error) => `caught ${message(error)}`,
      ),
    ),
  inPlaceInStep: async (url, policy) =>
    json(await retrying(policyOf(policy), () => retryingInPlace(policyOf(policy), (execution) => ask(url, execution)))),

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
