import { getRetryPolicy, setRetryPolicy } from "golem:api/host@1.1.0";
import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, giveUp, responseError, retrying, retryPolicy, toWit } from "golem-retry";

/** Twice, a fifth of a second apart: not to be mistaken for the server's own 3 times, from a tenth on. */
const twice = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });

export const api: Guest<typeof import("demo:docs-pattern-exports/api")> = {
  async asDocumented(id) {
    const old = getRetryPolicy();
    setRetryPolicy(toWit(twice));
    try {
      return await ask(id);
    } finally {
      // golem-lint-allow restore-on-failure: the pattern as documented; it runs before the error leaves, and Golem looks only then
      setRetryPolicy(old);
    }
  },

  async decides(id) {
    const old = getRetryPolicy();
    setRetryPolicy(toWit(twice));
    const answer = await ask(id);
    setRetryPolicy(old); // not reached by an error: what Golem finds is the override
    return answer;
  },

  asksAgain: (id) => retrying(twice, () => ask(id)),
};

async function ask(id: string): Promise<string> {
  const url = new Map(getEnvironment()).get("SERVICE_URL");
  if (!url) throw giveUp(new Error("SERVICE_URL is not set: give it to the worker as environment variable"));
  const response = await fetch(`${url}/answers/${encodeURIComponent(id)}`);
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  if (!response.ok) throw responseError(response, `the service said ${response.status}`);
  return text;
}
