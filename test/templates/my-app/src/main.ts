import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, giveUp, responseError, retrying, retryPolicy } from "golem-retry";

/** Three retries, after 1, 2 and 4 seconds. Then the worker fails. */
const patient = retryPolicy({ retries: 3, minDelay: "1s", maxDelay: "10s", multiplier: 2 });

export const api: Guest<typeof import("demo:my-app-exports/api")> = {
  work: (id) => retrying(patient, () => ask(id)),
};

async function ask(id: string): Promise<string> {
  const url = new Map(getEnvironment()).get("SERVICE_URL");
  if (!url) throw giveUp(new Error("SERVICE_URL is not set: give it to the worker as environment variable"));
  const response = await fetch(`${url}/work/${encodeURIComponent(id)}`);
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  if (!response.ok) throw responseError(response, `the service said ${response.status}`);
  return text;
}
