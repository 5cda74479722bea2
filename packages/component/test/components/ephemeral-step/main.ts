import * as retry from "golem-retry";
import { retryPolicy, retrying as step } from "golem-retry";

const patient = retryPolicy({ retries: 2, minDelay: "1s", maxDelay: "1s", multiplier: 1 });

export const api = {
  run: async () => {
    const answer = await step(patient, () => fetch("http://localhost/"));
    return retry.attempt(() => answer.text());
  },
};
