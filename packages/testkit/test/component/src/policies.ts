import { retryPolicy } from "golem-retry/policy";

export const patient = retryPolicy({ retries: 4, minDelay: "2s", maxDelay: "10s", multiplier: 2 });
export const override = retryPolicy({ retries: 2, minDelay: "1m", maxDelay: "1h", multiplier: 3 });
export const jittery = retryPolicy({ retries: 3, minDelay: "2s", maxDelay: "5s", multiplier: 1.5, jitter: 0.5 });
