import { type ComponentExports, type FoundFunction, findFunction } from "../component/analyse.js";
import { functionNames } from "../component/function-name.js";
import { type IndexedResource, indexedResource } from "../component/indexed.js";
import { fromGuest, InvalidValue, toGuest } from "../component/values.js";
import type { Invocation } from "../oplog/entries.js";
import type { Resources } from "./resources.js";
import { HostTrap } from "./signals.js";

/** What a call comes to: the function, and what it is given. */
export interface Resolved {
  found: FoundFunction;
  args: unknown[];
}

/**
 * Finds the function that an invocation calls. A method of an indexed resource gets the instance that has these arguments, which
 * is made when there is none.
 * @param make calls a constructor
 * @throws HostTrap when there is no such function, or when it takes other arguments
 */
export function resolveCall(
  exports: ComponentExports,
  { functionName, request }: Invocation,
  resources: Resources,
  make: (maker: FoundFunction, args: unknown[]) => unknown,
): Resolved {
  const called = functionNames(functionName);
  const found = findFunction(exports, called);
  if (!found) throw new HostTrap(`Function ${functionName} not found`);
  const indexed = asTrap(() => indexedResource(exports, called, found));
  const values = request.map(({ value }) => value);
  if (indexed) values.unshift(instanceOf(indexed, resources, make));
  if (values.length !== found.parameters.length)
    throw new HostTrap(`Parameter type mismatch: expected ${found.parameters.length}, got ${values.length} parameters`);
  return { found, args: found.parameters.map(({ typ }, i) => toGuest(typ, values[i], resources)) };
}

function asTrap<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof InvalidValue ? new HostTrap(error.message) : error;
  }
}

/** @returns the text by which callers know it */
function instanceOf(
  indexed: IndexedResource,
  resources: Resources,
  make: (maker: FoundFunction, args: unknown[]) => unknown,
): string {
  const known = resources.indexed(indexed.key);
  if (known !== undefined) return known;
  const { maker } = indexed;
  if (!maker.result) throw new HostTrap("Resource constructor did not return a resource handle");
  const made = make(
    maker,
    indexed.arguments.map(({ typ, value }) => toGuest(typ, value, resources)),
  );
  const text = fromGuest(maker.result, made, resources) as string;
  resources.describe(text, indexed);
  return text;
}
