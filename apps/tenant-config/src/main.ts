import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, getRetryPolicy, lint, type RetryPolicy, retryPolicy, setRetryPolicy } from "golem-retry";

/** Each tenant has a worker; what it sets holds for the worker's life, over calls, crashes and restarts of the server. */
let before: RetryPolicy | undefined;

export const api: Guest<typeof import("demo:tenant-config-exports/api")> = {
  configure({ retries, minDelayMs, maxDelayMs, multiplier }) {
    let policy: RetryPolicy;
    try {
      policy = retryPolicy({ retries, minDelay: ms(minDelayMs), maxDelay: ms(maxDelayMs), multiplier });
    } catch (error) {
      throw (error as Error).message; // of a result: what is thrown is its err, where it is no Error
    }
    before ??= getRetryPolicy();
    setRetryPolicy(policy); // not put back: that is the point
    return lint(policy, "golem-1.2").map(({ message }) => message);
  },

  configured() {
    const { retries, minDelay, maxDelay, multiplier } = getRetryPolicy();
    return {
      retries,
      minDelayMs: Number(minDelay / 1_000_000n),
      maxDelayMs: Number(maxDelay / 1_000_000n),
      multiplier,
    };
  },

  reset() {
    if (before) setRetryPolicy(before);
    before = undefined;
  },

  async work(path) {
    const response = await fetch(`${tenantUrl()}${path}`);
    const text = await response.text(); // to its end: an answer that is not read is asked for again, for ever
    if (!response.ok) throw new Error(`the tenant's service said ${response.status}`);
    return text;
  },
};

const ms = (milliseconds: number) => ({ milliseconds });

function tenantUrl(): string {
  const url = new Map(getEnvironment()).get("TENANT_URL");
  if (!url) throw new Error("TENANT_URL is not set: give it to the worker as environment variable");
  return url;
}
