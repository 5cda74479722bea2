import { type Duration, formatDuration, nanoseconds } from "./policy/index.js";

// Registered symbols: two copies of this package in one bundle understand each other.
const dueKey = Symbol.for("golem-retry.due");
const finalKey = Symbol.for("golem-retry.final");

/**
 * An error to throw in a body when the service said how long to wait. The wait before the next execution is this one, whatever the
 * policy says; it counts as one of its retries, and a deadline holds.
 * @param when from now, or the time of day
 * @example if (response.status === 429) throw retryAfter({ seconds: Number(response.headers.get("retry-after") ?? 1) });
 */
export function retryAfter(when: Duration | Date, message?: string): Error {
  const ns = when instanceof Date ? undefined : nanoseconds(when, "retryAfter");
  const due = when instanceof Date ? when.getTime() : Date.now() + milliseconds(ns ?? 0n);
  if (Number.isNaN(due)) {
    throw new RangeError('retryAfter: the date is invalid; allowed: a Date, or a duration such as "30s"');
  }
  const asked = ns === undefined ? `until ${(when as Date).toISOString()}` : formatDuration(ns);
  return Object.assign(new Error(message ?? `asked to wait ${asked}`), { [dueKey]: due });
}

/** An error to throw in a body when another execution is of no use. Callers and logs see the error that is given. */
export function giveUp(error: unknown): Error {
  const carrier = new Error(errorMessage(error), { cause: error });
  return Object.assign(carrier, { [finalKey]: true });
}

const property = (error: unknown, key: symbol): unknown =>
  typeof error === "object" && error !== null ? (error as Record<symbol, unknown>)[key] : undefined;

/** Milliseconds since 1970 at which a body wants its next execution. */
export function wantedAt(error: unknown): number | undefined {
  return property(error, dueKey) as number | undefined;
}

/** Whether the body gave up, and the error it meant. */
export function unwrapped(error: unknown): { final: boolean; error: unknown } {
  return property(error, finalKey) === true ? { final: true, error: (error as Error).cause } : { final: false, error };
}

/** Whole milliseconds, rounded up: not before it is time. */
export function milliseconds(ns: bigint): number {
  return Number((ns + 999_999n) / 1_000_000n);
}

/** An error as the next execution, in another instance, can still know it. */
export interface PreviousError {
  readonly name: string;
  readonly message: string;
}

function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error === "string") return error;
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}

/** An error's name and message, the latter cut to what is worth storing. */
export function summary(error: unknown): PreviousError {
  return { name: error instanceof Error ? error.name : typeof error, message: errorMessage(error).slice(0, 1000) };
}
