import { didYouMean } from "./suggestion.js";
import type { Component, ExportedFunction, TypedValue, WitValue } from "./types.js";

/** A function as REST names it, with what it takes. */
export interface FoundFunction {
  /** `demo:http-caller-exports/api.{fetch-order}` */
  name: string;
  /** Undefined: the metadata does not tell, the server has to. */
  parameters: ExportedFunction["parameters"] | undefined;
}

/**
 * Finds an exported function by its WIT name, `fetch-order`, or by its full name, `demo:http-caller-exports/api.{fetch-order}`.
 * @throws Error that names what there is
 */
export function findFunction({ componentName, metadata }: Component, name: string): FoundFunction {
  const all = metadata.exports.flatMap((item) =>
    item.type === "Function"
      ? [{ short: item.name, name: item.name, parameters: item.parameters }]
      : item.functions.map((fn) => ({ short: fn.name, name: `${item.name}.{${fn.name}}`, parameters: fn.parameters })),
  );
  const full = all.find((fn) => fn.name === name);
  if (full || name.includes("{")) return full ?? { name, parameters: undefined };
  const found = all.filter((fn) => fn.short === name);
  if (found.length === 1) return found[0] as FoundFunction;
  const known = (found.length > 1 ? found : all).map((fn) => fn.name).join(", ");
  if (found.length > 1)
    throw new Error(`${name} is exported by several interfaces of ${componentName}. Use one of ${known}`);
  const near = didYouMean(
    name,
    all.map((fn) => fn.short),
  );
  throw new Error(`${componentName} exports no function ${name}. ${near && `${near} `}It exports ${known || "none"}`);
}

/** @throws TypeError when the number is wrong: a Golem server drops what is too much, and fails the worker for what is missing */
export function typedParameters(
  { name, parameters }: FoundFunction,
  values: readonly WitValue[],
): Partial<TypedValue>[] {
  if (!parameters) return values.map((value) => ({ value }));
  if (parameters.length !== values.length) {
    const [count, names] = [parameters.length, parameters.map((parameter) => parameter.name).join(", ")];
    const takes = count === 0 ? "no parameters" : `${count} ${count === 1 ? "parameter" : "parameters"} (${names})`;
    const remedy = count === 0 ? "pass none" : "pass exactly these";
    throw new TypeError(`${name} takes ${takes}. The call passes ${values.length}: ${remedy}`);
  }
  return parameters.map(({ typ }, i) => ({ typ, value: values[i] ?? null }));
}
