import { golemDefaults } from "golem-retry/policy";
import type { Policy } from "golem-timeline";

/** Golem 1.2's own policy. A server doesn't tell its policy over REST, so this one is assumed where a component has set none. */
export const defaultPolicy: Policy = {
  retries: golemDefaults.retries,
  minDelay: Number(golemDefaults.minDelay) / 1e6,
  maxDelay: Number(golemDefaults.maxDelay) / 1e6,
  multiplier: golemDefaults.multiplier,
  jitter: golemDefaults.jitter,
};
