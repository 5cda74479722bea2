import { compileFunction } from "node:vm";

/**
 * The script that jco generates is one function and an empty object. Only the function's body is kept, and compiled as a function.
 * If a name has broken out of the script, the rest is no function's body. Nothing of it runs before it is called.
 */
const parameters = ["getCoreModule", "imports", "instantiateCore"];
const head =
  /^"use components";\s*export function instantiate\(getCoreModule, imports, instantiateCore = \(module, importObject\) => new WebAssembly\.Instance\(module, importObject\)\) \{\n/;
const tail = /\n\};?\s*export const _util = \{\s*\}\s*$/;

/** What an instance is made with: core modules by file name, host functions by interface, and who makes core instances. */
export type Instantiate = (
  module: (file: string) => WebAssembly.Module,
  imports: Record<string, Record<string, unknown>>,
  instantiateCore: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance,
) => Record<string, unknown>;

/**
 * Takes the one function's body out of a script of jco's.
 * @throws Error when the script has another shape, or the body would be no body of a strict function
 */
export function scriptBody(script: string): string {
  const begin = head.exec(script)?.[0].length;
  const end = tail.exec(script)?.index;
  if (begin === undefined || end === undefined || end < begin)
    throw new Error("the generated script is not the one function that it should be");
  const body = `"use strict";\n${script.slice(begin, end)}`;
  compileBody(body, "component.js");
  return body;
}

/**
 * Compiles it in this thread. It cannot import anything: `import` is an error in it, and dynamic import is refused by Node.
 * @throws SyntaxError
 */
export const compileBody = (body: string, filename: string): Instantiate =>
  compileFunction(body, parameters, { filename }) as Instantiate;
