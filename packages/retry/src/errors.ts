import { type Duration, formatDuration, nanoseconds } from "./policy/index.js";

// Registered symbols: two copies of this package in one bundle understand each other.
export const dueKey = Symbol.for("golem-retry.due");
const finalKey = Symbol.for("golem-retry.final");

/** What {@link retryAfter} reads of a response: its `retry-after` header, in seconds or as a date (RFC 9110, 10.2.3). */
export interface Answered {
  readonly headers: { get(name: string): string | null };
}

/** Milliseconds since 1970, or undefined: the header is missing, or says something else. */
function dueOf({ headers }: Answered): number | undefined {
  const said = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(said)) return Date.now() + Number(said) * 1000;
  const due = said.endsWith("GMT") ? Date.parse(said) : Number.NaN; // engines read dates into much else
  return Number.isNaN(due) ? undefined : due;
}

/**
 * An error to throw in a body when the service said how long to wait. The wait before the next execution is this one, whatever the
 * policy says; it counts as one of its retries, and a deadline holds.
 * @param when from now, the time of day, or a response whose `retry-after` header says it; without one, the policy's wait holds
 * @example if (response.status === 429) throw retryAfter(response);
 */
export function retryAfter(when: Duration | Date | Answered, message?: string): Error {
  let due: number | undefined;
  if (when instanceof Date) due = when.getTime();
  else if (typeof when === "object" && "headers" in when) due = dueOf(when);
  else due = Date.now() + milliseconds(nanoseconds(when, "retryAfter"));
  if (Number.isNaN(due)) {
    throw new RangeError('retryAfter: the date is invalid; allowed: a Date, a response, or a duration such as "30s"');
  }
  const wait = due === undefined ? "a while" : formatDuration(BigInt(Math.max(0, due - Date.now())) * 1_000_000n);
  return Object.assign(new Error(message ?? `asked to wait ${wait}`), { [dueKey]: due });
}

/** Makes an error to throw in a body when another execution cannot help. Callers and logs see the error that is given. */
export function giveUp(error: unknown): Error {
  const carrier = new Error(errorMessage(error), { cause: error });
  return Object.assign(carrier, { [finalKey]: true });
}

function property(error: unknown, key: symbol): unknown {
  try {
    return typeof error === "object" && error !== null ? (error as Record<symbol, unknown>)[key] : undefined;
  } catch {
    return undefined; // a proxy that throws
  }
}

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

/** What an error says. It never throws: an exception here would leave a step with its region open. */
export function errorMessage(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message);
    return typeof error === "string" ? error : (JSON.stringify(error) ?? String(error));
  } catch {
    return tagOf(error);
  }
}

function tagOf(error: unknown): string {
  try {
    return Object.prototype.toString.call(error);
  } catch {
    return "[object Proxy]"; // one that was revoked
  }
}

/** Where an error was made, at most ten lines; empty if nobody knows. It never throws, and is short enough to be stored. */
export function stackOf(error: unknown): string {
  try {
    const lines = error instanceof Error ? String(error.stack ?? "").split("\n") : [];
    const shown = lines.filter((line) => line.includes("@")).slice(0, 10);
    return shown.map((line) => `  ${line.trim().slice(0, 200)}`).join("\n");
  } catch {
    return ""; // a getter that throws
  }
}

/** An error's name and message, the latter cut to what is worth storing. */
export function summary(error: unknown): PreviousError {
  let name: string = typeof error;
  try {
    if (error instanceof Error) name = String(error.name).slice(0, 100);
  } catch {} // a getter that throws
  return { name, message: errorMessage(error).slice(0, 1000) };
}
