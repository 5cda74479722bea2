/** The type of a value, as a component has it in JavaScript. A text is a WIT type of one word; `any` is not checked. */
export type Shape =
  | string
  | { list: Shape }
  | { option: Shape }
  | { tuple: Shape[] }
  /** By the names in JavaScript. */
  | { record: [name: string, shape: Shape][] }
  | { variant: [name: string, shape: Shape | null][] }
  | { enum: string[] }
  | { flags: string[] }
  | { result: [ok: Shape | null, err: Shape | null] };

/** A function of an interface: its name in WIT, and what it returns: a `result`, or a value. */
export type Returns = Record<string, [name: string, shape: Shape]>;

/**
 * Wraps the functions of an exported interface, so that what they return is checked. Without that the engine would make 0 of a missing
 * number, and an empty list of something that is no list. An `Error` that a function with a `result` throws fails the call.
 */
export function checked<T extends object>(api: T, returns: Returns): T {
  const wrapped = Object.assign(Object.create(Object.getPrototypeOf(api)), api);
  for (const [name, [witName, shape]] of Object.entries(returns)) {
    const fn = (api as Record<string, unknown>)[name];
    if (typeof fn !== "function") continue;
    const result = typeof shape === "object" && "result" in shape ? shape.result : undefined;
    const returned = result ? (result[0] ?? "any") : shape; // a function gives the value of its result's ok, and throws its err
    const check = (value: unknown) => {
      const found = problem(returned, value, "the result");
      if (found) throw new TypeError(`${witName}: ${found}, as the WIT says.`);
      return value;
    };
    const fail = (error: unknown): never => {
      throw result && isFailure(error) ? failing(error) : error;
    };
    wrapped[name] = (...args: unknown[]) => {
      try {
        const value = fn.apply(api, args);
        return value instanceof Promise ? value.then(check).catch(fail) : check(value);
      } catch (error) {
        return fail(error);
      }
    };
  }
  return wrapped;
}

/** An error that is not meant as the `err` of a `result`. */
const isFailure = (error: unknown): error is Error => error instanceof Error && !Object.hasOwn(error, "payload");

/**
 * Makes what the engine's bindings throw an error for. They run in a realm of their own, whose `Error` is another one. So they would
 * take this error for the `err` of the result, and its message would be lost. They look for a `payload` first.
 */
function failing(error: Error): object {
  return {
    get payload(): never {
      throw error;
    },
  };
}

const ranges: Record<string, [least: number | bigint, most: number | bigint]> = {
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
  s8: [-(2 ** 7), 2 ** 7 - 1],
  s16: [-(2 ** 15), 2 ** 15 - 1],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  u64: [0n, 2n ** 64n - 1n],
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Says how a value differs from its type, and where in it; undefined if it fits. */
export function problem(shape: Shape, value: unknown, place: string): string | undefined {
  if (typeof shape === "string")
    return fits(shape, value) ? undefined : wrong(place, value, words[shape] ?? `a ${shape}`);
  if ("option" in shape) return value === undefined || value === null ? undefined : problem(shape.option, value, place);
  if ("enum" in shape)
    return shape.enum.includes(value as string) ? undefined : wrong(place, value, listed(shape.enum));
  if ("list" in shape) return ofList(shape.list, value, place);
  if (typeof value !== "object" || value === null) return wrong(place, value, kind(shape));
  if ("tuple" in shape) {
    if (!Array.isArray(value) || value.length !== shape.tuple.length) return wrong(place, value, kind(shape));
    return first(shape.tuple.entries(), ([i, item]) => problem(item, value[i], `${place}[${i}]`));
  }
  const fields = value as Record<string, unknown>;
  if ("record" in shape)
    return first(shape.record, ([name, field]) => problem(field, fields[name], `${place}.${name}`));
  if ("flags" in shape) {
    const unknown = Object.keys(fields).find((name) => !shape.flags.includes(name));
    return unknown === undefined ? undefined : `${place} has no flag ${unknown}. Use ${listed(shape.flags)}`;
  }
  const cases: [string, Shape | null][] =
    "variant" in shape
      ? shape.variant
      : [
          ["ok", shape.result[0]],
          ["err", shape.result[1]],
        ];
  const found = cases.find(([name]) => name === fields.tag);
  if (!found) return wrong(`${place}.tag`, fields.tag, listed(cases.map(([name]) => name)));
  return found[1] === null ? undefined : problem(found[1], fields.val, `${place}.val`);
}

function ofList(item: Shape, value: unknown, place: string): string | undefined {
  if (ArrayBuffer.isView(value)) return undefined; // its numbers have their range already
  if (!Array.isArray(value)) return wrong(place, value, "a list");
  return first(value.entries(), ([i, one]) => problem(item, one, `${place}[${i}]`));
}

function first<T>(all: Iterable<T>, find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one);
    if (found) return found;
  }
  return undefined;
}

function fits(type: string, value: unknown): boolean {
  const range = ranges[type];
  if (range) {
    const whole = typeof range[0] === "bigint" ? typeof value === "bigint" : Number.isInteger(value);
    return whole && (value as number) >= range[0] && (value as number) <= range[1];
  }
  if (type === "f32" || type === "f64") return typeof value === "number";
  if (type === "bool") return typeof value === "boolean";
  if (type === "string") return typeof value === "string";
  if (type === "char") return typeof value === "string" && [...value].length === 1;
  return true;
}

const words: Record<string, string> = {
  string: "a string",
  bool: "a boolean",
  char: "a string of one character",
  u64: "a bigint for u64",
  s64: "a bigint for s64",
  u8: "a number for u8",
  u16: "a number for u16",
  u32: "a number for u32",
  s8: "a number for s8",
  s16: "a number for s16",
  s32: "a number for s32",
  f32: "a number",
  f64: "a number",
};

const kind = (shape: object) => ("tuple" in shape ? `a list of ${(shape.tuple as unknown[]).length}` : "an object");
const listed = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(" or ");

const wrong = (place: string, value: unknown, wanted: string) => `${place} is ${shown(value)}. Return ${wanted}`;

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "bigint") return `${value}n`;
  const text = typeof value === "string" || typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
