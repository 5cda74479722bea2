/** A policy as an oplog entry shows it; JSON has null for NaN and Infinity. */
export interface PolicyEntry {
  max_attempts: number;
  min_delay: string;
  max_delay: string;
  multiplier: number | null;
  max_jitter_factor: number | null;
}

const day = 86_400_000;
const units: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  day,
  days: day,
  month: 30.44 * day,
  months: 30.44 * day,
  year: 365.25 * day,
  years: 365.25 * day,
};

/** "1m 30s" in milliseconds; undefined if it is no duration. */
export function milliseconds(text: string): number | undefined {
  const parts = [...text.matchAll(/([\d.]+)\s*([a-zµ]+)/g)];
  if (parts.length === 0) return undefined;
  let sum = 0;
  for (const [, number, unit] of parts) {
    const factor = units[unit as string];
    if (factor === undefined) return undefined;
    sum += Number(number) * factor;
  }
  return sum;
}
