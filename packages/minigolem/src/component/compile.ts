import { setFlagsFromString } from "node:v8";

/** A module with a global of 1 + 2: an extended constant expression, as position-independent code has. */
const extended = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 6, 9, 1, 127, 0, 65, 1, 65, 2, 106, 11);

export type CoreModules = Map<string, WebAssembly.Module>;

/** Components of componentize-py link shared libraries, and need these expressions. Node 20 has them behind a flag of V8. */
function acceptExtended(): void {
  if (!WebAssembly.validate(extended)) setFlagsFromString("--experimental-wasm-extended-const");
}

/**
 * Compiles core modules, all at once, in V8's own threads.
 * @param core by file name
 * @throws WebAssembly.CompileError
 */
export async function compile(core: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<CoreModules> {
  acceptExtended();
  return new Map(
    await Promise.all([...core].map(async ([file, bytes]) => [file, await WebAssembly.compile(bytes)] as const)),
  );
}

/** Whether a core module can be compiled. */
export function compiles(wasm: Uint8Array<ArrayBuffer>): boolean {
  acceptExtended();
  return WebAssembly.validate(wasm);
}

/**
 * From now on V8 optimises no WebAssembly in this process. To optimise a JavaScript engine takes half a second of CPU and more,
 * which an engine that lives for a test never gets back.
 */
export const optimiseNothing = () => setFlagsFromString("--liftoff-only");
