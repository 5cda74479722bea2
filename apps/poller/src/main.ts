import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, giveUp, idempotencyKey, responseError, retrying, retryPolicy } from "golem-retry";

const starting = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });

/** Every quarter of an hour in the end; a job takes some six hours, and is given two days. */
const polling = retryPolicy({ retries: 200, minDelay: "30s", maxDelay: "15m", multiplier: 2 });

export const api: Guest<typeof import("demo:poller-exports/api")> = {
  async runJob(name) {
    const key = idempotencyKey(); // before the step: however often it is executed, one job is started
    const id = await retrying(starting, () => ask(`/jobs?name=${encodeURIComponent(name)}`, "POST", key));
    return retrying(polling, () => resultOf(id), { deadline: { hours: 48 } });
  },
};

/** Not ready is a failure like others: Golem sleeps, and between two questions this worker takes no memory at all. */
async function resultOf(id: string): Promise<string> {
  const [state, result = ""] = (await ask(`/jobs/${id}`)).split(":", 2);
  if (state === "failed") throw giveUp(new Error(`job ${id} failed: ${result}`)); // it will not get better
  if (state !== "done") throw new Error(`job ${id} is ${state}`);
  return result;
}

async function ask(path: string, method = "GET", key = ""): Promise<string> {
  const response = await fetch(`${jobsUrl()}${path}`, { method, headers: key ? { "idempotency-key": key } : {} });
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  if (!response.ok) throw responseError(response, `${method} ${path} said ${response.status}`);
  return text;
}

function jobsUrl(): string {
  const url = new Map(getEnvironment()).get("JOBS_URL");
  if (!url) throw giveUp(new Error("JOBS_URL is not set: give it to the worker as environment variable"));
  return url;
}
