import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, giveUp, responseError, retrying, retryPolicy, withRetryPolicy } from "golem-retry";

/** The whole run may take its time: nobody waits for it. */
const steady = retryPolicy({ retries: 6, minDelay: "200ms", maxDelay: "5s", multiplier: 2 });

/** Charging is delicate: twice more, soon, and then a person has to look at it. A 4xx is reported at once. */
const strict = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "150ms", multiplier: 1.5 });

export const api: Guest<typeof import("demo:batch-job-exports/api")> = {
  runBatch: (items) =>
    withRetryPolicy(steady, async () => {
      const report: Report = { done: [], poisoned: [] };
      for (const item of items) {
        const price = await retrying(steady, () => ask("GET", `/items/${item}`));
        try {
          await retrying(strict, () => ask("POST", `/items/${item}/charge`, price), { exhausted: "throw" });
          report.done.push(item);
        } catch (error) {
          report.poisoned.push({ item, reason: (error as Error).message }); // steady is in force again
        }
      }
      return report;
    }),

  runBatchReplayed: (items) =>
    withRetryPolicy(steady, async () => {
      for (const item of items) {
        const price = await ask("GET", `/items/${item}`);
        await withRetryPolicy(strict, () => ask("POST", `/items/${item}/charge`, price));
      }
      return { done: items, poisoned: [] };
    }),
};

interface Report {
  done: string[];
  poisoned: { item: string; reason: string }[];
}

async function ask(method: "GET" | "POST", path: string, body?: string): Promise<string> {
  const response = await fetch(`${shopUrl()}${path}`, { method, body });
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  if (!response.ok) throw responseError(response, `${method} ${path} said ${response.status}`);
  return text;
}

function shopUrl(): string {
  const url = new Map(getEnvironment()).get("SHOP_URL");
  if (!url) throw giveUp(new Error("SHOP_URL is not set: give it to the worker as environment variable"));
  return url;
}
