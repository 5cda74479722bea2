import { homedir } from "node:os";
import { join } from "node:path";
import type { HostRetryPolicy } from "./oplog/entries.js";
import { golemDefaultPolicy } from "./retry.js";

const unit = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where transpiled components are kept, for all engines of this user. */
export const defaultCacheDir = (env: Environment = process.env): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "minigolem");

/**
 * The retry policy that the environment variables of Golem's worker executor ask for (`GOLEM__RETRY__MAX_ATTEMPTS`,
 * `…MIN_DELAY`, `…MAX_DELAY`, `…MULTIPLIER`, `…MAX_JITTER_FACTOR`); what they don't say is as on Golem 1.2.
 * @throws with the variable's name, its value and what is allowed
 */
export function policyFromEnvironment(env: Environment = process.env): HostRetryPolicy {
  const read = <T>(name: string, allowed: string, parse: (text: string) => T | undefined, otherwise: T): T => {
    const text = env[`GOLEM__RETRY__${name}`];
    if (text === undefined) return otherwise;
    const value = parse(text.trim());
    if (value === undefined) throw new Error(`GOLEM__RETRY__${name} is ${JSON.stringify(text)}: expected ${allowed}`);
    return value;
  };
  const duration = (text: string): bigint | undefined => {
    const parts = [...text.matchAll(/(\d+)\s*(ns|us|ms|s|m|h)\s*/g)];
    if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
    const total = parts.reduce((sum, [, n, name]) => sum + BigInt(n as string) * unit[name as keyof typeof unit], 0n);
    return total < 2n ** 64n ? total : undefined;
  };
  const number = (text: string) => (text === "" || !Number.isFinite(Number(text)) ? undefined : Number(text));
  const attempts = (text: string) => (/^\d+$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : undefined);
  const factor = (text: string) => ((number(text) ?? -1) >= 0 ? number(text) : undefined);
  const d = golemDefaultPolicy;
  return {
    maxAttempts: read("MAX_ATTEMPTS", "a whole number from 0 to 4294967295", attempts, d.maxAttempts),
    minDelay: read("MIN_DELAY", 'a duration such as "100ms" or "2s", at most 584 years', duration, d.minDelay),
    maxDelay: read("MAX_DELAY", 'a duration such as "1s" or "5m", at most 584 years', duration, d.maxDelay),
    multiplier: read("MULTIPLIER", "a number", number, d.multiplier),
    maxJitterFactor: read("MAX_JITTER_FACTOR", "a number, 0 or more", factor, d.maxJitterFactor),
  };
}
