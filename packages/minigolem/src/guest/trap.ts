import { HostTrap } from "./signals.js";

/**
 * A trap as Golem 1.2 words it: the wasm backtrace, then what happened.
 * @returns final: not retried whatever the policy says
 */
export function trapText(error: unknown): { text: string; final: boolean } {
  const final = error instanceof RangeError && /call stack/i.test(error.message);
  const what = final ? "wasm trap: call stack exhausted" : cause(error);
  const frames = backtrace(error);
  return {
    text: frames.length === 0 ? what : `error while executing at wasm backtrace:\n${frames.join("\n")}: ${what}`,
    final,
  };
}

function cause(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError)
    return error.message.startsWith("wasm trap: ") ? error.message : `wasm trap: ${error.message}`;
  if (error instanceof HostTrap) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** V8's stack lines of wasm functions, in wasmtime's form. */
function backtrace(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = [...stack.matchAll(/at (?:(.+?) \()?wasm:\/\/[^\s)]*?wasm-function\[(\d+)\]:(0x[0-9a-f]+)\)?/g)];
  return frames.map(([, name, number, offset], i) => {
    const place = name?.includes("#") ? name.replace(/^[^.]*\.(?=[^.]*:)/, "") : `<wasm function ${number}>`;
    return `${String(i).padStart(5)}: ${offset} - <unknown>!${place}`;
  });
}
