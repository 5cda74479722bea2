import type { WitType } from "./types.js";

/** Parts that a type may have when it is written out. The largest of WASI 0.2, of an HTTP error, has some 80. */
export const largestType = 10_000;
/** Types within types. */
export const deepestType = 100;

interface Size {
  parts: number;
  depth: number;
}

/** Types share their parts, so that a few bytes may stand for millions: each part is measured once. */
const sizes = new WeakMap<WitType, Size>();

/**
 * Measures a type of which the parts have been measured.
 * @returns the type
 * @throws Error when it is larger or deeper than any useful type
 */
export function checkedSize(typ: WitType): WitType {
  const inner = partsOf(typ).map((part) => sizes.get(part) ?? { parts: 1, depth: 1 });
  const size = {
    parts: inner.reduce((sum, { parts }) => sum + parts, 1),
    depth: inner.reduce((most, { depth }) => Math.max(most, depth), 0) + 1,
  };
  if (size.parts > largestType || size.depth > deepestType)
    throw new Error(
      `a type has ${size.parts} parts, ${size.depth} of them within each other: minigolem takes ${largestType} and ${deepestType}`,
    );
  sizes.set(typ, size);
  return typ;
}

/** Parts of a type that was measured. */
export const sizeOf = (typ: WitType): number => sizes.get(typ)?.parts ?? 1;

/** The types that a type is made of, one level down. */
export function partsOf(typ: WitType): WitType[] {
  const there = (part: WitType | null): WitType[] => (part ? [part] : []);
  switch (typ.type) {
    case "List":
    case "Option":
      return [typ.inner];
    case "Tuple":
      return typ.items;
    case "Record":
      return typ.fields.map((field) => field.typ);
    case "Variant":
      return typ.cases.flatMap((item) => there(item.typ));
    case "Result":
      return [...there(typ.ok), ...there(typ.err)];
    default:
      return [];
  }
}

/** How much may be done for one component before it is refused. */
export interface Budget {
  /** @throws Error when it is used up */
  spend(steps: number): void;
}

/** @param what that is too much, for the error */
export function budget(steps: number, what: string): Budget {
  let left = steps;
  return {
    spend(some) {
      left -= some;
      if (left < 0) throw new Error(`${what}: minigolem takes ${steps}`);
    },
  };
}
