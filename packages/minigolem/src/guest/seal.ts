/** What ECMAScript has, and the little of the web that jco's code uses. */
const kept = new Set(
  `Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error
  AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math Intl ArrayBuffer
  Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array Float32Array Float64Array
  Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect
  FinalizationRegistry SharedArrayBuffer decodeURI decodeURIComponent encodeURI encodeURIComponent isFinite isNaN globalThis
  WebAssembly console queueMicrotask setTimeout clearTimeout TextEncoder TextDecoder`.split(/\s+/),
);

/**
 * Takes from this thread's scripts what leads out of them: Node's globals (`process`, `fetch`, `Buffer` …), `eval` and the
 * constructors that compile text. A script that jco generated needs none of it. A wall behind the check of names, not a sandbox:
 * code in a thread of the process can always reach what the host hands to it.
 */
export function seal(): void {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!kept.has(name)) Reflect.deleteProperty(globalThis, name);
  }
  const functions = [() => {}, async () => {}, function* () {}, async function* () {}];
  for (const made of functions)
    Object.defineProperty(Object.getPrototypeOf(made), "constructor", { value: undefined, configurable: false });
  Object.defineProperty(globalThis, "Function", { value: undefined, configurable: false });
}

/** jco's code decodes texts without a word about a byte order mark; what it drops by default is a character of the text. */
export function keepByteOrderMarks(): void {
  const { TextDecoder } = globalThis;
  (globalThis as { TextDecoder: unknown }).TextDecoder = class extends TextDecoder {
    constructor(label?: string, options?: TextDecoderOptions) {
      super(label, { ...options, ignoreBOM: true });
    }
  };
}
