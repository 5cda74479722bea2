import { getRetryPolicy, setRetryPolicy } from "golem:api/host@1.1.0";
import type { Guest } from "golem-retry";

let count = 0n;

const inForce = () => JSON.stringify(getRetryPolicy(), (_, value) => (typeof value === "bigint" ? `${value}` : value));

export const api: Guest<typeof import("probe:scenarios-exports/api")> = {
  getPolicy: inForce,
  setPolicy(maxAttempts, minDelay, maxDelay, multiplier, maxJitterFactor) {
    setRetryPolicy({ maxAttempts, minDelay, maxDelay, multiplier, maxJitterFactor });
  },
  setGet(policy) {
    const [maxAttempts = 0, milliseconds = 0] = policy.split(",").map(Number);
    const delay = BigInt(milliseconds * 1e6);
    setRetryPolicy({ maxAttempts, minDelay: delay, maxDelay: delay, multiplier: 1 });
    return inForce();
  },
  counter: () => ++count,
};
