import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, giveUp, responseError, retryAfter, retrying, retryPolicy } from "golem-retry";

/** For failures of which the service says nothing. Where it says when to come back, that decides. */
const polite = retryPolicy({ retries: 10, minDelay: "1s", maxDelay: "20s", multiplier: 2, jitter: 0.1 });

export const api: Guest<typeof import("demo:rate-limited-exports/api")> = {
  async quote(symbol) {
    const ask = ({ signal }: { signal: AbortSignal }) => quoteOf(symbol, signal);
    try {
      return await retrying(polite, ask, { deadline: "60s", timeout: "10s", exhausted: "throw" });
    } catch (error) {
      throw (error as Error).message; // of a result: what is thrown is its err, where it is no Error
    }
  },
};

async function quoteOf(symbol: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${quotesUrl()}/quotes/${encodeURIComponent(symbol)}`, { signal });
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  // Its Retry-After, seconds or a date, decides the wait; without one the policy does.
  if (response.status === 429) throw retryAfter(response, `quotes are rationed: ${text}`);
  if (!response.ok) throw responseError(response, `quotes said ${response.status}`);
  return text;
}

function quotesUrl(): string {
  const url = new Map(getEnvironment()).get("QUOTES_URL");
  if (!url) throw giveUp(new Error("QUOTES_URL is not set: give it to the worker as environment variable"));
  return url;
}
