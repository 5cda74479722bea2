import { type Duration, formatDuration, golemDefaults, type RetryPolicy, retryPolicy } from "golem-retry/policy";

/** A policy as it is typed. */
export interface PolicyText {
  retries: string;
  minDelay: string;
  maxDelay: string;
  multiplier: string;
  jitter: string;
}

/** What the URL says, and so what a link hands on. */
export interface PlaygroundState {
  first: PolicyText;
  /** Beside it, to compare. */
  second: PolicyText | undefined;
  seed: number;
  workers: number;
  scale: "linear" | "log";
}

const short = { retries: "retries", minDelay: "min", maxDelay: "max", multiplier: "x", jitter: "jitter" } as const;
type Field = keyof PolicyText;
const fields = Object.keys(short) as Field[];

/** A policy as its fields show it. */
export function textOf(policy: RetryPolicy): PolicyText {
  return {
    retries: String(policy.retries),
    minDelay: formatDuration(policy.minDelay),
    maxDelay: formatDuration(policy.maxDelay),
    multiplier: String(policy.multiplier),
    jitter: String(policy.jitter),
  };
}

/** @throws TypeError or RangeError of golem-retry, which names the field */
export function policyOf(text: PolicyText): RetryPolicy {
  const number = (value: string) => (value.trim() === "" ? Number.NaN : Number(value));
  return retryPolicy({
    retries: number(text.retries),
    minDelay: text.minDelay.trim() as Duration,
    maxDelay: text.maxDelay.trim() as Duration,
    multiplier: number(text.multiplier),
    jitter: number(text.jitter),
  });
}

const whole = (text: string | null, otherwise: number, most: number) =>
  text !== null && /^\d{1,9}$/.test(text) ? Math.min(Number(text), most) : otherwise;

/** The most workers that are simulated. */
export const mostWorkers = 1000;

/** Reads the state from a query. What is missing is Golem's own policy. */
export function readState(query: URLSearchParams): PlaygroundState {
  const defaults = textOf(golemDefaults);
  const read = (suffix: string) =>
    Object.fromEntries(
      fields.map((field) => [field, query.get(short[field] + suffix) ?? defaults[field]]),
    ) as unknown as PolicyText;
  return {
    first: read(""),
    second: query.has(`retries2`) ? read("2") : undefined,
    seed: whole(query.get("seed"), 1, 999_999_999),
    workers: Math.max(1, whole(query.get("workers"), 200, mostWorkers)),
    scale: query.get("scale") === "log" ? "log" : "linear",
  };
}

/** The query of one policy. @param suffix `2` of the second; undefined takes it away */
export function queryOf(text: PolicyText | undefined, suffix: "" | "2"): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [short[field] + suffix, text?.[field] ?? ""]));
}
