import { transpileBytes } from "@bytecodealliance/jco-transpile";
import type { Files } from "./cache.js";

/**
 * Turns a component into a script, `component.js`, and the core modules that it instantiates.
 * @throws Error with jco's words
 */
export async function jco(wasm: Uint8Array): Promise<Files> {
  const { files } = await transpileBytes(wasm, {
    name: "component",
    instantiation: "sync",
    nodejsCompat: false,
    emitTypescriptDeclarations: false,
    noComponentErrorWrapping: true,
  });
  return files as Files;
}
