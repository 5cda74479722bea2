import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

/**
 * Finds places in a component's own source, not in its packages: `src/main.ts:12:9`, the innermost first.
 * @param stack lines of JavaScript's stack as the component wrote them to stderr
 */
export type Places = (stack: string) => string[];

/** The places of the versions whose .wasm a client has seen. */
export class KnownPlaces {
  readonly #versions = new Map<string, Map<number, Places | undefined>>();

  /** True if it has seen any version of a component. */
  has(componentId: string): boolean {
    return this.#versions.has(componentId);
  }

  /** @returns null if it has not seen this version */
  of(componentId: string, version: number): Places | undefined | null {
    const versions = this.#versions.get(componentId);
    return versions?.has(version) ? versions.get(version) : null;
  }

  see(componentId: string, version: number, wasm: Uint8Array): Places | undefined {
    const places = placesIn(wasm);
    this.#versions.set(componentId, (this.#versions.get(componentId) ?? new Map()).set(version, places));
    return places;
  }
}

/** The custom section in which golem-component keeps the source map of the bundle. */
const section = "golem-component:source-map";

/** `  asDocumented@apps/docs-pattern/dist/docs-pattern.js:593:20` */
const frames = /@(?:.*[\\/])?([^\\/\s]+\.js):(\d+):(\d+)$/gm;

/**
 * Reads where in the source the lines of a component's bundle come from.
 * @returns undefined if the .wasm has no source map, because something else has built it
 */
function placesIn(wasm: Uint8Array): Places | undefined {
  const json = customSection(wasm);
  if (json === undefined) return undefined;
  const map = new TraceMap(json);
  const bundle = map.file?.split("/").at(-1);
  return (stack) => {
    const found = [...stack.matchAll(frames)].flatMap(([, file, line, column]) => {
      if (file !== bundle) return [];
      const at = originalPositionFor(map, { line: Number(line), column: Math.max(0, Number(column) - 1) });
      const own = at.source !== null && !at.source.startsWith("..") && !at.source.includes("node_modules/");
      return own ? [`${at.source}:${at.line}:${at.column + 1}`] : [];
    });
    return [...new Set(found)];
  };
}

/** The text of our section, if the component has one. It stands at the top level, which has few sections. */
function customSection(wasm: Uint8Array): string | undefined {
  const decoder = new TextDecoder();
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at];
    const size = unsigned(wasm, at + 1);
    const end = size.end + size.value;
    if (id === 0) {
      const length = unsigned(wasm, size.end);
      const text = length.end + length.value;
      if (decoder.decode(wasm.subarray(length.end, text)) === section) return decoder.decode(wasm.subarray(text, end));
    }
    at = end;
  }
  return undefined;
}

/** A LEB128 number of at most 32 bits. */
function unsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; ; i++) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
}
