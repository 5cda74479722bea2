import { getEnvironment } from "wasi:cli/environment@0.2.0";
import {
  type Guest,
  giveUp,
  idempotencyKey,
  type RetryPolicy,
  responseError,
  retrying,
  retryPolicy,
} from "golem-retry";

/** Customers wait for the payment: quick, and not for long. */
const payment = retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 3 });
/** The warehouse restarts every night: half a minute. */
const stock = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 });
/** The carrier may be away for fifty minutes. */
const shipping = retryPolicy({ retries: 6, minDelay: "30s", maxDelay: "20m", multiplier: 2.5 });
/** Money must go back: this one does not give up for a week. */
const undoing = retryPolicy({ retries: 200, minDelay: "1s", maxDelay: "1h", multiplier: 3 });

export const api: Guest<typeof import("demo:order-saga-exports/api")> = {
  async placeOrder(order) {
    const undo: (() => Promise<string>)[] = [];
    try {
      await step("POST", `/payments/${order.id}`, payment, order.amount);
      undo.push(() => step("DELETE", `/payments/${order.id}`, undoing));
      await step("POST", `/stock/${order.item}`, stock, 1);
      undo.push(() => step("DELETE", `/stock/${order.item}`, undoing));
      return { tag: "shipped", val: await step("POST", `/shipments/${order.id}`, shipping, order.item) };
    } catch (error) {
      for (const compensate of undo.reverse()) await compensate();
      return { tag: "cancelled", val: (error as Error).message };
    }
  },
};

/** The key is taken before the step: each execution sends the same one, so that the service does the work once. */
function step(method: "POST" | "DELETE", path: string, policy: RetryPolicy, body?: string | number): Promise<string> {
  const key = idempotencyKey();
  const exhausted = policy === undoing ? "fail" : "throw";
  return retrying(policy, () => send(method, path, key, body), { exhausted });
}

async function send(method: string, path: string, key: string, body?: string | number): Promise<string> {
  const headers = { "idempotency-key": key };
  const response = await fetch(`${shopUrl()}${path}`, {
    method,
    headers,
    body: body === undefined ? null : String(body),
  });
  const text = await response.text(); // to its end: Golem repeats a request whose response was not read
  if (!response.ok) throw responseError(response, `${method} ${path} said ${response.status}`);
  return text;
}

function shopUrl(): string {
  const url = new Map(getEnvironment()).get("SHOP_URL");
  if (!url) throw giveUp(new Error("SHOP_URL is not set: give it to the worker as environment variable"));
  return url;
}
