import { getEnvironment } from "wasi:cli/environment@0.2.0";
import {
  type Guest,
  getRetryPolicy,
  lint,
  presets,
  type RetryPolicy,
  retryPolicy,
  setRetryPolicy,
  withRetryPolicy,
} from "golem-retry";

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
    const url = new Map(getEnvironment()).get("TENANT_URL");
    if (!url) return failAtOnce("TENANT_URL is not set: give it to the worker as environment variable");
    const response = await fetch(`${url}${path}`);
    const text = await response.text(); // to its end: Golem repeats a request whose response was not read
    if (response.ok) return text;
    const said = `the tenant's service said ${response.status}`;
    if (response.status < 500) return failAtOnce(said);
    throw new Error(said);
  },
};

const ms = (milliseconds: number) => ({ milliseconds });

/** For what no retry can mend: whatever the tenant's policy is, Golem does not retry this. */
function failAtOnce(message: string): Promise<never> {
  return withRetryPolicy(presets.none, () => {
    throw new Error(message);
  });
}
