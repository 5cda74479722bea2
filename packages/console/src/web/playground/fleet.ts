import { delayBefore, type RetryPolicy } from "golem-retry/policy";
import { randomFrom } from "./random.js";

/** Requests that reach the service, in slices of the same length. */
export interface Load {
  /** Requests in each slice. */
  slices: number[];
  /** Milliseconds. */
  slice: number;
  /** The most requests in one slice of the last retry, when jitter has spread the workers as far as it can. */
  last: number;
}

/** Retries of each worker that are simulated. */
const mostRetries = 40;
const sliceCount = 90;

/**
 * What a service that fails all the time sees of a fleet whose workers fail at the same moment.
 * @param seed undefined: without jitter
 * @param end milliseconds that the slices cover
 */
export function load(policy: RetryPolicy, workers: number, seed: number | undefined, end: number): Load {
  const slice = Math.max(1, end / sliceCount);
  const slices = Array.from({ length: sliceCount + 1 }, () => 0);
  const random = seed === undefined ? () => 0 : randomFrom(seed);
  const retries = Math.min(policy.retries, mostRetries);
  for (let worker = 0; worker < workers; worker++) {
    let at = 0;
    for (let retry = 0; retry <= retries; retry++) {
      if (retry > 0) at += Number(delayBefore(policy, retry, "ideal", random())) / 1e6;
      const place = Math.min(sliceCount, Math.floor(at / slice));
      slices[place] = (slices[place] ?? 0) + 1;
    }
  }
  const lastBegins = Math.floor(fleetLength(policy, 0) / slice);
  return { slices, slice, last: Math.max(0, ...slices.slice(lastBegins)) };
}

/** Milliseconds from the first request of the fleet to the last. @param share of the jitter, from 0 to 1 */
export function fleetLength(policy: RetryPolicy, share: number): number {
  let at = 0;
  for (let retry = 1; retry <= Math.min(policy.retries, mostRetries); retry++)
    at += Number(delayBefore(policy, retry, "ideal", share)) / 1e6;
  return at;
}
