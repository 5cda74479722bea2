import { type Guest, giveUp, idempotencyKey, responseError, retrying, retryPolicy, withRetryPolicy } from "golem-retry";

/** Most receivers are back within a minute. */
const receiver = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2.5 });

/** Around the whole delivery, for what is no answer of a receiver: our own bugs should not be tried for long. */
const ours = retryPolicy({ retries: 1, minDelay: "1s", maxDelay: "1s", multiplier: 1 });

interface DeadLetter {
  destination: string;
  reason: string;
}

/** Plain memory is durable too: Golem brings it back by replay. */
const dead: DeadLetter[] = [];

export const api: Guest<typeof import("demo:webhook-delivery-exports/api")> = {
  deliver: (event, destinations) =>
    withRetryPolicy(ours, async () => {
      const before = dead.length;
      for (const destination of destinations) {
        const key = idempotencyKey(); // one for each destination, the same in all executions
        try {
          await retrying(receiver, ({ signal }) => post(destination, event, key, signal), {
            timeout: "10s",
            exhausted: "throw",
          });
        } catch (error) {
          dead.push({ destination, reason: (error as Error).message }); // the others get their event
        }
      }
      const letters = dead.slice(before);
      return { delivered: destinations.length - letters.length, dead: letters };
    }),

  deadLetters: () => dead,
};

async function post(destination: string, body: string, key: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(urlOf(destination), {
    method: "POST",
    body,
    headers: { "idempotency-key": key },
    signal,
  });
  await response.text(); // to its end: Golem repeats a request whose response was not read
  // A receiver that refuses with a 4xx, such as 410 Gone, is not asked again: the event is a dead letter at once.
  if (!response.ok) throw responseError(response, `said ${response.status}`);
}

function urlOf(destination: string): URL {
  try {
    return new URL(destination);
  } catch {
    throw giveUp(new Error("is no URL"));
  }
}
