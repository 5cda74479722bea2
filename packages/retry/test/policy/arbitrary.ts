import fc from "fast-check";
import { maxDuration, maxRetries, retryPolicy } from "../../src/policy/index.js";

/** Any policy that is allowed, with at most `retries` retries. */
export const policiesOf = (retries: number) =>
  fc
    .record({
      retries: fc.nat(retries),
      minDelay: fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.bigInt({ min: 0n, max: maxDuration })),
      maxDelay: fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.bigInt({ min: 0n, max: maxDuration })),
      multiplier: fc.oneof(
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
      ),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(retryPolicy);

export const anyPolicy = policiesOf(maxRetries);
