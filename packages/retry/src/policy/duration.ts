/** Nanoseconds in each unit. */
const units = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
} as const;

type Unit = keyof typeof units;

const fields = {
  hours: units.h,
  minutes: units.m,
  seconds: units.s,
  milliseconds: units.ms,
  microseconds: units.us,
  nanoseconds: units.ns,
} as const;

/** A duration as an object. Fields add up; each is a finite number, 0 or more. */
export type DurationFields = { readonly [K in keyof typeof fields]?: number };

/** A duration: `"150ms"`, `"2s"`, `"1.5m"`, `{ seconds: 2 }`, or nanoseconds as a bigint. Units: h, m, s, ms, us, ns. */
export type Duration = `${number}${Unit}` | DurationFields | bigint;

/** The longest duration that WIT's `u64` nanoseconds hold: about 584 years. */
export const maxDuration = 2n ** 64n - 1n;

const allowed = `"150ms", "2s", "5m", "1h", {seconds: 2}, or nanoseconds as a bigint, from 0 to ${maxDuration}ns`;

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) {
    const shown = Object.entries(value).map(([key, each]) => `${key}: ${show(each)}`);
    return Array.isArray(value) ? `[${value.map(show).join(", ")}]` : `{${shown.join(", ")}}`;
  }
  return String(value);
}

/** Exact: a decimal fraction is not taken through binary floating point. Below a nanosecond is cut off. */
function decimal(whole: string, fraction: string, unit: bigint): bigint {
  return BigInt(whole) * unit + (BigInt(fraction || "0") * unit) / 10n ** BigInt(fraction.length);
}

function fromText(text: string): bigint | undefined {
  const match = /^(\d{1,20})(?:\.(\d{1,20}))?(h|m|s|ms|us|ns)$/.exec(text);
  return match ? decimal(match[1] as string, match[2] ?? "", units[match[3] as Unit]) : undefined;
}

function fromFields(value: object): bigint | undefined {
  let total = 0n;
  const entries = Object.entries(value);
  if (entries.length === 0) return undefined;
  for (const [key, amount] of entries) {
    const unit = Object.hasOwn(fields, key) ? fields[key as keyof typeof fields] : undefined;
    if (unit === undefined || typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) return undefined;
    const whole = Math.trunc(amount);
    total += BigInt(whole) * unit + BigInt(Math.round((amount - whole) * Number(unit)));
  }
  return total;
}

/**
 * A duration in nanoseconds.
 * @param field what the value is for; error messages begin with it
 * @throws TypeError if it is no duration; RangeError if it is negative or over {@link maxDuration}
 */
export function nanoseconds(duration: Duration, field = "duration"): bigint {
  const value: unknown = duration;
  let ns: bigint | undefined;
  if (typeof value === "bigint") ns = value;
  else if (typeof value === "string") ns = fromText(value);
  else if (typeof value === "object" && value !== null && !Array.isArray(value)) ns = fromFields(value);
  if (ns === undefined) throw new TypeError(`${field} is ${show(value)}, which is no duration; allowed: ${allowed}`);
  if (ns < 0n || ns > maxDuration)
    throw new RangeError(`${field} is ${show(value)}, out of range; allowed: ${allowed}`);
  return ns;
}

/** A duration for people, in its largest fitting unit: `"150ms"`, `"1.5s"`, `"5m"`. Exact, so `nanoseconds` reads it back. */
export function formatDuration(ns: bigint): string {
  if (ns < 0n) return `-${formatDuration(-ns)}`;
  if (ns === 0n) return "0s";
  for (const [name, unit] of Object.entries(units)) {
    if (ns < unit) continue;
    const whole = ns / unit;
    const rest = ns % unit;
    if (rest === 0n) return `${whole}${name}`;
    const digits = unit.toString().length - 1;
    // hours and minutes are no powers of ten: only whole ones are exact
    if (name === "h" || name === "m") continue;
    return `${whole}.${rest.toString().padStart(digits, "0").replace(/0+$/, "")}${name}`;
  }
  return `${ns}ns`;
}
