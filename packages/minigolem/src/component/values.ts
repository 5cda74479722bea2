import { stringify } from "lossless-json";
import { isUnicode } from "../unicode.js";
import { camelCase } from "./js-name.js";
import type { WitType } from "./types.js";

type Of<K extends WitType["type"]> = Extract<WitType, { type: K }>;

/** A value that does not have the type it should. */
export class InvalidValue extends Error {
  /** @param errors one for each place, in Golem 1.2's words */
  constructor(readonly errors: string[]) {
    super(errors.join(", "));
  }
}

/** Resources that the outside knows by a text: `urn:worker:<component>/<worker>/<number>`. */
export interface Handles {
  /** @returns the guest's object; one that is given away (`Owned`) is known no more. @throws InvalidValue if there is none */
  find(text: string, mode: "Owned" | "Borrowed"): unknown;
  /** @returns the text */
  keep(object: unknown): string;
}

/** For values that are only checked. */
const anyHandle: Handles = { find: () => ({}), keep: () => "" };

/** What the texts of a worker's resources begin with. */
export const resourceUri = (componentId: string, workerName: string): string =>
  `urn:worker:${componentId}/${encodeURIComponent(workerName)}`;

/** @returns the number of one of a worker's resources. @throws InvalidValue when the text names another worker's */
export function resourceNumber(text: string, uri: string): number {
  const at = text.lastIndexOf("/");
  return text.slice(0, at) === uri ? Number(text.slice(at + 1)) : fail(`${text} is no resource of this worker, ${uri}`);
}

/**
 * A value of Golem's REST API as jco hands it to a component. Characters are code points, numbers may be bigint, an option
 * that is a record's field may be left out.
 * @throws InvalidValue
 */
export function toGuest(typ: WitType, json: unknown, handles: Pick<Handles, "find"> = anyHandle): unknown {
  switch (typ.type) {
    case "Bool":
      return typeof json === "boolean" ? json : fail(`expected bool, found ${kind(json)}`);
    case "Str":
      return unicode(json);
    case "Chr":
      return character(json);
    case "U64":
      return isNumber(json) ? unsigned64(json) : fail(`expected u64, found ${kind(json)}`);
    case "S64":
      return BigInt(whole(json, -(2n ** 63n), 2n ** 63n - 1n));
    case "U8":
    case "U16":
    case "U32":
    case "S8":
    case "S16":
    case "S32": {
      const bits = Number(typ.type.slice(1));
      const [low, high] = typ.type.startsWith("U") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
      return Number(whole(json, low, high));
    }
    case "F32": {
      const limit = 3.4028234663852886e38;
      return Math.fround(ranged(number(json), -limit, limit));
    }
    case "F64":
      return number(json);
    case "List":
      return listOf(
        typ.inner,
        each(list(json, "an array"), (item) => toGuest(typ.inner, item, handles)),
      );
    case "Tuple": {
      const items = list(json, "an array representing tuple");
      if (items.length !== typ.items.length)
        fail(`The length of types in template is not equal to the length of tuple (array) in  ${show(json)}`);
      return each(typ.items, (item, i) => toGuest(item, items[i], handles));
    }
    case "Option": {
      if (json === null || json === undefined) return isNested(typ) ? { tag: "none" } : undefined;
      const value = toGuest(typ.inner, json, handles);
      return isNested(typ) ? { tag: "some", val: value } : value;
    }
    case "Record":
      return recordToGuest(typ, json, handles);
    case "Variant":
      return variantToGuest(typ, json, handles);
    case "Result":
      return resultToGuest(typ, json, handles);
    case "Enum":
      if (typeof json !== "string") fail(`Input ${show(json)} is not string`);
      return oneOf(typ.cases, json);
    case "Flags": {
      const set = each(list(json, "an array"), (name) => oneOf(typ.names, name));
      return Object.fromEntries(typ.names.map((name) => [camelCase(name), set.includes(name)]));
    }
    case "Handle": {
      if (typeof json === "string" && /.\/\d+$/.test(json)) return handles.find(json, typ.mode);
      const found = typeof json === "string" ? json : kind(json);
      return fail(`expected handle, represented by a worker-url/resource-id string, found ${found}`);
    }
  }
}

function recordToGuest(typ: Of<"Record">, json: unknown, handles: Pick<Handles, "find">): unknown {
  const record = object(json, `The input ${show(json)} is not a json object`);
  const fields = each(typ.fields, ({ name, typ }) => {
    if (!Object.hasOwn(record, name) && typ.type !== "Option") fail(`key '${name}' not found`);
    return within(name, () => [camelCase(name), toGuest(typ, record[name], handles)] as const);
  });
  return Object.fromEntries(fields);
}

function variantToGuest(typ: Of<"Variant">, json: unknown, handles: Pick<Handles, "find">): unknown {
  const [name, payload] =
    Object.entries(object(json, `Input ${show(json)} is not an object`))[0] ?? fail("Zero variants in in the input");
  const found = typ.cases.find((item) => item.name === name) ?? fail(`Unknown key ${name} in the variant`);
  if (!found.typ && payload !== null) fail(`Unit variant ${name} has non-null JSON value`);
  return found.typ ? { tag: name, val: toGuest(found.typ, payload, handles) } : { tag: name };
}

function resultToGuest(typ: Of<"Result">, json: unknown, handles: Pick<Handles, "find">): unknown {
  const result = (json ?? {}) as Record<string, unknown>;
  const tag = ["ok", "err"].find((key) => Object.hasOwn(result, key)) as "ok" | "err" | undefined;
  if (!tag) fail("Failed to retrieve either ok value or err value");
  const payload = typ[tag];
  if (!payload && result[tag] !== null) fail("The type of ok is absent, but some JSON value was provided");
  return { tag, val: payload ? toGuest(payload, result[tag], handles) : undefined };
}

/**
 * A value that jco got from a component, as Golem's REST API shows it. Whole numbers that a double cannot hold are bigint. NaN
 * and the infinities are null: JSON has no word for them.
 */
export function fromGuest(typ: WitType, value: unknown, handles: Pick<Handles, "keep"> = anyHandle): unknown {
  switch (typ.type) {
    case "Chr":
      return (value as string).codePointAt(0);
    case "U64":
    case "S64":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "F32":
    case "F64":
      return Number.isFinite(value) ? value : null;
    case "List":
      return Array.from(value as Iterable<unknown>, (item) => fromGuest(typ.inner, item, handles));
    case "Tuple":
      return typ.items.map((item, i) => fromGuest(item, (value as unknown[])[i], handles));
    case "Option": {
      if (isNested(typ)) {
        const option = value as { tag: string; val?: unknown };
        return option.tag === "none" ? null : fromGuest(typ.inner, option.val, handles);
      }
      return value === undefined || value === null ? null : fromGuest(typ.inner, value, handles);
    }
    case "Record":
      return Object.fromEntries(
        typ.fields.map(({ name, typ }) => [
          name,
          fromGuest(typ, (value as Record<string, unknown>)[camelCase(name)], handles),
        ]),
      );
    case "Variant": {
      const { tag, val } = value as { tag: string; val?: unknown };
      const payload = typ.cases.find(({ name }) => name === tag)?.typ;
      return { [tag]: payload ? fromGuest(payload, val, handles) : null };
    }
    case "Result": {
      const { tag, val } = value as { tag: "ok" | "err"; val?: unknown };
      const payload = typ[tag];
      return { [tag]: payload ? fromGuest(payload, val, handles) : null };
    }
    case "Flags":
      return typ.names.filter((name) => (value as Record<string, boolean>)[camelCase(name)]);
    case "Handle":
      return handles.keep(value);
    default:
      return value;
  }
}

/** jco wraps an option whose inside may be undefined as well; what is wrapped never is. */
const isNested = (typ: WitType & { type: "Option" | "List" }): boolean =>
  typ.inner.type === "Option" && !isNested(typ.inner as WitType & { type: "Option" });

const arrays = {
  U8: Uint8Array,
  S8: Int8Array,
  U16: Uint16Array,
  S16: Int16Array,
  U32: Uint32Array,
  S32: Int32Array,
  U64: BigUint64Array,
  S64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/** Lists of numbers are typed arrays. */
function listOf(inner: WitType, items: unknown[]): unknown {
  const array = arrays[inner.type as keyof typeof arrays] as { from(items: never[]): unknown } | undefined;
  return array ? array.from(items as never[]) : items;
}

function fail(...errors: string[]): never {
  throw new InvalidValue(errors);
}

/** Of the places that are wrong, how many are told. */
const mostErrors = 100;

/** All results, or the errors of the places that are wrong. */
function each<T, R>(items: readonly T[], act: (item: T, index: number) => R): R[] {
  const errors: string[] = [];
  const results = items.flatMap((item, i) => {
    try {
      return [act(item, i)];
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      errors.push(...error.errors.slice(0, mostErrors - errors.length));
      return [];
    }
  });
  return errors.length > 0 ? fail(...errors) : results;
}

function within<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new InvalidValue(error.errors.map((text) => `invalid value for key ${name}: ${text}`));
  }
}

type JsonNumber = number | bigint;
const isNumber = (json: unknown): json is JsonNumber => typeof json === "number" || typeof json === "bigint";

function ranged<T extends JsonNumber>(value: T, low: JsonNumber, high: JsonNumber): T {
  return value >= low && value <= high ? value : fail(`value ${value} is not within the range of ${low} to ${high}`);
}

function number(json: unknown): number {
  if (!isNumber(json)) return fail(`expected number, found ${kind(json)}`);
  return Number.isFinite(Number(json)) ? Number(json) : fail("the number is out of range");
}

/** A double beyond 2^53 may not be the number that was written; one that was written as a whole number is a bigint. */
const isExact = (json: JsonNumber): boolean => typeof json === "bigint" || Number.isSafeInteger(json);

function unicode(json: unknown): string {
  if (typeof json !== "string") return fail(`expected string, found ${kind(json)}`);
  return isUnicode(json) ? json : fail("expected string, found half of a surrogate pair");
}

function whole(json: unknown, low: JsonNumber, high: JsonNumber): JsonNumber {
  if (!isNumber(json)) return fail(`expected number, found ${kind(json)}`);
  ranged(json, low, high);
  return isExact(json) ? json : fail(`value ${json} is not a whole number that is known exactly`);
}

function unsigned64(json: JsonNumber): bigint {
  const fits = json >= 0 && json < 2n ** 64n && isExact(json);
  return fits ? BigInt(json) : fail(`Cannot convert ${json} to u64`);
}

function character(json: unknown): string {
  if (!isNumber(json) || json < 0 || !Number.isInteger(Number(json))) return fail(`expected char, found ${kind(json)}`);
  if (json > 0x10ffff) fail(`The value ${json} is too large to be converted to a char`);
  if (json >= 0xd800 && json <= 0xdfff) fail(`The value ${json} is a surrogate, not a char`);
  return String.fromCodePoint(Number(json));
}

function list(json: unknown, what: string): unknown[] {
  return Array.isArray(json) ? json : fail(`Input ${show(json)} is not ${what}`);
}

function object(json: unknown, otherwise: string): Record<string, unknown> {
  return kind(json) === "record" ? (json as Record<string, unknown>) : fail(otherwise);
}

function oneOf(names: string[], json: unknown): string {
  return (
    names.find((name) => name === json) ??
    fail(`Invalid input ${typeof json === "string" ? json : show(json)}. Valid values are ${names.join(",")}`)
  );
}

const show = (json: unknown): string => stringify(json ?? null) as string;

function kind(json: unknown): string {
  if (json === null || json === undefined) return "null";
  if (Array.isArray(json)) return "list";
  if (isNumber(json)) return "number";
  return typeof json === "object" ? "record" : typeof json;
}
