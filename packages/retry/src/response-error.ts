import { giveUp } from "./errors.js";

/** What {@link responseError} reads of a response. */
export interface Refusal {
  readonly status: number;
}

/** Request Timeout (RFC 9110), Too Early (RFC 8470), Too Many Requests (RFC 6585): a later request may succeed. */
const passing: readonly number[] = [408, 425, 429];

/**
 * Makes the error to throw in a body for a response that is no success. After 408, 425, 429 and 5xx the step runs again, under its policy.
 * Any other status gives up as {@link giveUp} does, because the same request would get the same response. A `retry-after` header is
 * not read: see {@link retryAfter}.
 * @example if (!response.ok) throw responseError(response, `orders said ${response.status}`);
 */
export function responseError({ status }: Refusal, message: string): Error {
  const error = new Error(message);
  return status >= 500 || passing.includes(status) ? error : giveUp(error);
}
