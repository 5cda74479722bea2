import { InvalidValue } from "../component/values.js";
import { HostTrap, OverLimit } from "./signals.js";

// Enough for the component's frames below the host's. wasmtime shows all of them.
Error.stackTraceLimit = 100;

/**
 * A trap as Golem 1.2 words it: the wasm backtrace, then what happened.
 * @param place where in the component an offset within a core module is
 * @returns final: not retried whatever the policy says
 */
export function trapText(
  error: unknown,
  place: (fn: number, offset: number) => number,
): { text: string; final: boolean } {
  const exhausted = error instanceof RangeError && /call stack/i.test(error.message);
  const final = exhausted || error instanceof OverLimit;
  const what = exhausted ? "wasm trap: call stack exhausted" : cause(error);
  const frames = backtrace(error, place);
  return {
    text: frames.length === 0 ? what : `error while executing at wasm backtrace:\n${frames.join("\n")}: ${what}`,
    final,
  };
}

/** V8's words, as wasmtime has them. jco does the same for what happens in a call, but not while an instance is made. */
const words: Record<string, string> = {
  unreachable: "wasm `unreachable` instruction executed",
  "divide by zero": "integer divide by zero",
  "divide result unrepresentable": "integer overflow",
  "memory access out of bounds": "out of bounds memory access",
  "float unrepresentable in integer range": "invalid conversion to integer",
  "null function or function signature mismatch": "indirect call type mismatch",
};

function cause(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError)
    return error.message.startsWith("wasm trap: ")
      ? error.message
      : `wasm trap: ${words[error.message] ?? error.message}`;
  if (error instanceof HostTrap || error instanceof InvalidValue) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** V8's stack lines of wasm functions, in wasmtime's form. */
function backtrace(error: unknown, place: (fn: number, offset: number) => number): string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = [...stack.matchAll(/at (?:(.+?) \()?wasm:\/\/[^\s)]*?wasm-function\[(\d+)\]:(0x[0-9a-f]+)\)?/g)];
  return frames.map(([, name, number, offset], i) => {
    const label = name?.includes("#") ? name.replace(/^[^.]*\.(?=[^.]*:)/, "") : `<wasm function ${number}>`;
    const at = place(Number(number), Number(offset)).toString(16);
    return `${String(i).padStart(5)}: 0x${at} - <unknown>!${label}`;
  });
}
