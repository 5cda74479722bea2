import { type ComponentExports, type FoundFunction, findFunction } from "./analyse.js";
import type { FunctionName } from "./function-name.js";
import { resourceFunction } from "./js-name.js";
import type { WitType } from "./types.js";
import { InvalidValue, toGuest } from "./values.js";
import { fromWave } from "./wave.js";

/** A resource that callers name by its constructor's arguments: `{counter("c").inc-by}`. */
export interface IndexedResource {
  /** The same for the same resource. */
  key: string;
  resourceName: string;
  /** The arguments as text, as Golem's metadata shows them. */
  resourceParams: string[];
  /** The constructor. */
  maker: FoundFunction;
  arguments: { typ: WitType; value: unknown }[];
}

/**
 * The resource that a call names by its constructor's arguments. Undefined for a call that names none.
 * Source: `get_or_create_indexed_resource` in golem-worker-executor-base/src/worker/invocation.rs of Golem 1.2.0.
 * @throws InvalidValue for arguments that the constructor does not take, and for a call that fails every worker on Golem 1.2
 */
export function indexedResource(
  exports: ComponentExports,
  called: FunctionName,
  found: FoundFunction,
): IndexedResource | undefined {
  const { interface: site, resourceArguments } = called;
  const of = resourceFunction(found.name);
  if (resourceArguments === undefined || !of) return undefined;
  const { resource: resourceName, kind } = of;
  if (kind === "constructor" || kind === "static")
    throw new InvalidValue([
      `${resourceName}(${resourceArguments}) names an instance, and ${found.name} takes none: use {${resourceName}.${kind === "static" ? of.method : "new"}}. A method makes the instance that it needs`,
    ]);
  const maker = findFunction(exports, { interface: site, candidates: [`[constructor]${resourceName}`] });
  if (!maker) throw new InvalidValue([`the resource ${resourceName} has no constructor`]);
  const texts = split(resourceArguments);
  const resourceParams = texts.map(tidy);
  const expected = maker.parameters;
  if (texts.length !== expected.length)
    throw new InvalidValue([
      `Resource params count mismatch: ${resourceName} expects ${expected.length}, got ${texts.length}`,
    ]);
  return {
    key: JSON.stringify([site, resourceName, resourceParams]),
    resourceName,
    resourceParams,
    maker,
    arguments: expected.map(({ name, typ }, i) => argument(name, typ, texts[i] as string)),
  };
}

function argument(name: string, typ: WitType, text: string): { typ: WitType; value: unknown } {
  try {
    const value = fromWave(typ, text);
    toGuest(typ, value);
    return { typ, value };
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new InvalidValue(
      error.errors.map((detail) => `Failed to parse resource constructor parameter ${name}: ${detail}`),
    );
  }
}

/** Parts at the commas outside of brackets. As on Golem 1.2 a comma or a bracket in a text counts, too. */
function split(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts.push(`${parts.pop()}${character}`);
  }
  if (parts.at(-1)?.trim() === "") parts.pop();
  return parts;
}

/** With the spaces that Golem writes: one after a comma or a colon. */
const tidy = (text: string): string =>
  text.replace(
    /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\s*([,:])\s*|\s+/gs,
    (_, quoted: string | undefined, mark: string | undefined) => quoted ?? (mark ? `${mark} ` : ""),
  );
