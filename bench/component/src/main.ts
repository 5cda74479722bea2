import { atomically, attempt, type Guest, retrying, retryPolicy, withRetryPolicy } from "golem-retry";

const policy = retryPolicy({ retries: 3, minDelay: "100ms", maxDelay: "1s", multiplier: 2 });
let calls = 0;

async function get(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`the upstream said ${response.status}`);
  return text;
}

/** The same request bare and within each scope, so that the difference is what the scope costs. */
export const api: Guest<typeof import("bench:scopes-exports/api")> = {
  bare: get,
  withRetryPolicy: (url) => withRetryPolicy(policy, () => get(url)),
  atomically: (url) => atomically(() => get(url)),
  retrying: (url) => retrying(policy, () => get(url)),
  async attempt(url) {
    const answer = await attempt(() => get(url));
    return answer.ok ? answer.value : "no answer";
  },
  count: () => ++calls,
  ask(url, retries, waitMs) {
    const each = retryPolicy({
      retries,
      minDelay: { milliseconds: waitMs },
      maxDelay: { milliseconds: waitMs },
      multiplier: 1,
    });
    return withRetryPolicy(each, () => atomically(() => get(url)));
  },
};
