import type { Field } from "./scenario.ts";

/** One thing in which two records of a scenario differ. */
export interface Difference {
  field: Field;
  /** Which call or item of a list. */
  where: string;
  expected: string;
  found: string;
}

const json = (value: unknown) => JSON.stringify(value);

const shown = (value: unknown): string => {
  const full = typeof value === "string" ? value : (json(value) ?? "nothing");
  return full.length > 200 ? `${full.slice(0, 197)}…` : full;
};

/** One value that must be the same. */
export function one(field: Field, a: unknown, b: unknown, where = ""): Difference[] {
  return json(a) === json(b) ? [] : [{ field, where, expected: shown(a), found: shown(b) }];
}

/** The first place where two lists differ. */
export function list<T>(field: Field, a: T[], b: T[], same = (x: T, y: T) => json(x) === json(y)): Difference[] {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (i >= a.length || i >= b.length || !same(x as T, y as T))
      return [{ field, where: `#${i + 1}`, expected: shown(x), found: shown(y) }];
  }
  return [];
}

/** The first key under which two objects differ, or two other values as they are. */
export function fields(field: Field, a: unknown, b: unknown, where: string): Difference[] {
  if (!isObject(a) || !isObject(b)) return one(field, a, b, where);
  const key = [...new Set([...Object.keys(a), ...Object.keys(b)])].find((name) => json(a[name]) !== json(b[name]));
  return key === undefined ? [] : one(field, a[key], b[key], `${where}.${key}`);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const differenceLine = ({ field, where, expected, found }: Difference): string =>
  `${field}${where ? ` ${where}` : ""}: expected ${expected}, found ${found}`;
