import { getEnvironment } from "wasi:cli/environment@0.2.0";
import { type Guest, giveUp, responseError, retrying, retryPolicy, withRetryPolicy } from "golem-retry";

/** The order service is slow to wake: some fifteen seconds, then the worker fails. */
const patient = retryPolicy({ retries: 5, minDelay: "500ms", maxDelay: "10s", multiplier: 2 });

export const api: Guest<typeof import("demo:http-caller-exports/api")> = {
  fetchOrder: (id) => retrying(patient, ({ attempt }) => getOrder(id, attempt + 1)),

  fetchOrderReplayed: (id) => withRetryPolicy(patient, () => getOrder(id, 1)),
};

interface Order {
  id: string;
  status: string;
  total: number;
}

async function getOrder(id: string, execution: number): Promise<Order> {
  const response = await fetch(`${ordersUrl()}/orders/${encodeURIComponent(id)}`);
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  // 408, 425, 429 and 5xx are worth another execution. Any other status is given up at once.
  if (!response.ok) throw responseError(response, `orders said ${response.status} (execution ${execution})`);
  return JSON.parse(text);
}

function ordersUrl(): string {
  const url = new Map(getEnvironment()).get("ORDERS_URL");
  if (!url) throw giveUp(new Error("ORDERS_URL is not set: give it to the worker as environment variable"));
  return url;
}
