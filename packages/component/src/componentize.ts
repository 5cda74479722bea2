import type { componentize } from "@bytecodealliance/componentize-js";

/** What the splicer of componentize-js needs for one component, in bytes. Pages that it doesn't touch take no memory. */
const reserved = 640 << 20;

let loading: Promise<typeof componentize> | undefined;

/**
 * Loads componentize-js once, and gives its splicer all its memory in one piece. The splicer asks for it in some eight thousand
 * pieces, and V8 collects garbage after every few of them: two thirds of the first build's time.
 */
export function loadComponentize(): Promise<typeof componentize> {
  loading ??= load();
  return loading;
}

async function load() {
  const { instantiate } = WebAssembly;
  const withReserve = async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const instance = await instantiate(module, imports);
    reserve(instance.exports);
    return instance;
  };
  WebAssembly.instantiate = withReserve as typeof instantiate;
  try {
    return (await import("@bytecodealliance/componentize-js")).componentize;
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

/** Allocates a block in the splicer and frees it: the memory stays with its allocator. */
function reserve(exports: WebAssembly.Exports): void {
  const isSplicer = Object.keys(exports).some((name) => name.endsWith("#splice-bindings"));
  const { cabi_realloc: realloc } = exports;
  if (!isSplicer || typeof realloc !== "function") return;
  const block = realloc(0, 0, 8, reserved);
  realloc(block, reserved, 8, 0);
}
