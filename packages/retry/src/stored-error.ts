import { dueKey } from "./errors.js";

// What Golem has dropped survives only as JSON in the key-value store. It must not grow with what a service says.
const mostCharacters = 8000;
const mostOfField = 2000;
const mostDepth = 5;

const builtIn = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };

/**
 * A thrown value as JSON. What JSON has no form for is tagged: `["n", digits]` a bigint, `["a", items]` an array,
 * `["e", class, fields]` an error.
 */
export type Stored =
  | null
  | boolean
  | number
  | string
  | readonly [string, ...unknown[]]
  | { readonly [key: string]: Stored };

/** Reads a property that may be a getter, and may throw. */
function read(object: object, key: string | symbol): unknown {
  try {
    return (object as Record<string | symbol, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** What the engine puts into each error. */
const ofEngine = ["name", "message", "stack", "fileName", "lineNumber", "columnNumber"];

function ownFields(error: Error): string[] {
  try {
    return Object.getOwnPropertyNames(error).filter((key) => !ofEngine.includes(key));
  } catch {
    return []; // a proxy that throws
  }
}

/**
 * Writes down what was thrown, so that the next execution can throw it again. It never throws.
 *
 * What is kept: of an error its `name`, `message`, `cause` and own fields, of a built-in class also the class. Fields are kept as
 * `JSON.stringify` keeps them, and bigints. What is left out: the stack, classes of one's own, functions, symbols, circular references, what
 * is nested more than five levels deep. A message is cut after 1,000 characters, another text in a field after 2,000,
 * and all of it after some 8,000.
 */
export function stored(thrown: unknown): Stored | undefined {
  let left = mostCharacters;
  const above = new Set<unknown>();

  function text(value: string, most = left): string {
    const kept = value.slice(0, Math.max(0, Math.min(most, left)));
    left -= kept.length;
    return kept;
  }

  function fields(object: object, keys: readonly string[]): Record<string, Stored> {
    const found: Record<string, Stored> = {};
    for (const key of keys) {
      const value = text(key) === key ? any(read(object, key)) : undefined;
      if (value !== undefined) found[key] = value;
    }
    return found;
  }

  function ofError(error: Error): Stored {
    const kind = Object.entries(builtIn).find(([, one]) => error instanceof one)?.[0] ?? "Error";
    const [name, message] = [read(error, "name"), read(error, "message")];
    const first = {
      name: typeof name === "string" ? text(name, 100) : kind,
      message: typeof message === "string" ? text(message, 1000) : "",
    };
    const due = read(error, dueKey);
    return ["e", kind, { ...fields(error, ownFields(error)), ...first }, ...(typeof due === "number" ? [due] : [])];
  }

  function ofObject(object: object): Stored | undefined {
    if (object instanceof Error) return ofError(object);
    if (Array.isArray(object)) return ["a", object.slice(0, 1000).map((each) => any(each) ?? null)];
    const toJson = read(object, "toJSON");
    if (typeof toJson === "function") return any(toJson.call(object));
    return fields(object, Object.keys(object));
  }

  function any(value: unknown): Stored | undefined {
    left -= 2;
    if (left < 0) return undefined;
    if (typeof value === "string") return text(value, above.size > 0 ? mostOfField : left);
    if (typeof value === "bigint") return ["n", `${value}`];
    if (value === null || typeof value === "boolean" || typeof value === "number") return value;
    if (typeof value !== "object" || above.has(value) || above.size >= mostDepth) return undefined;
    above.add(value);
    try {
      return ofObject(value);
    } catch {
      return undefined; // a proxy, or a toJSON, that throws
    } finally {
      above.delete(value);
    }
  }

  return any(thrown);
}

/** Makes again what {@link stored} wrote down. */
export function revived(from: Stored | undefined): unknown {
  if (typeof from !== "object" || from === null) return from;
  if (!isTagged(from)) return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, revived(value)]));
  const [tag, first, given, due] = from;
  if (tag === "n") return BigInt(first as string);
  if (tag === "a") return (first as Stored[]).map(revived);
  const { message, ...fields } = given as Record<string, Stored>;
  const made: Error = new (builtIn[first as keyof typeof builtIn] ?? Error)(message as string);
  for (const [key, value] of Object.entries(fields)) {
    if (key === "name" && value === made.name) continue;
    const enumerable = key !== "name" && key !== "cause" && key !== "errors"; // as the language has them
    Object.defineProperty(made, key, { value: revived(value), enumerable, writable: true, configurable: true });
  }
  return due === undefined ? made : Object.assign(made, { [dueKey]: due });
}

const isTagged = (from: Exclude<Stored, string>): from is readonly [string, ...unknown[]] => Array.isArray(from);
