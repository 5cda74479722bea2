import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCoreImports } from "./core-imports.js";
import { Reader } from "./reader.js";

/** Where a component's core modules lie in it. */
export const placesFile = "places.json";

/** File name of a core module → its offset in the component, in bytes. */
export type Places = Record<string, number>;

export function findPlaces(component: Uint8Array, modules: Record<string, Uint8Array>): Places {
  const whole = Buffer.from(component.buffer, component.byteOffset, component.length);
  return Object.fromEntries(Object.entries(modules).map(([file, bytes]) => [file, whole.indexOf(bytes)]));
}

/** Modules up to this size are glue made by the toolchain; the largest is the program. */
const glue = 1 << 16;

/**
 * Turns a place in one of V8's stack lines into an offset in the component, as wasmtime and so Golem have it. V8 counts within a core
 * module that it does not name.
 */
export function placing(dir: string): (fn: number, offset: number) => number {
  try {
    return placingBy(dir);
  } catch {
    return (_, offset) => offset; // the cache was cleared meanwhile: better a place within the module than no text of the trap
  }
}

function placingBy(dir: string): (fn: number, offset: number) => number {
  const places: Places = JSON.parse(readFileSync(join(dir, placesFile), "utf8"));
  const modules = Object.entries(places).map(([file, at]) => ({ at, bytes: readFileSync(join(dir, file)) }));
  const program = modules.reduce((a, b) => (a.bytes.length >= b.bytes.length ? a : b)).at;
  const bodies = modules
    .filter(({ bytes }) => bytes.length < glue)
    .map(({ at, bytes }) => ({ at, functions: functionBodies(bytes) }));
  return (fn, offset) => {
    const found = bodies.find(({ functions }) => {
      const body = functions.get(fn);
      return body && offset >= body.start && offset < body.end;
    });
    return Math.max(0, found?.at ?? program) + offset;
  };
}

/** Byte range of each function's body, by its index, which counts imported functions too. */
export function functionBodies(module: Uint8Array): Map<number, { start: number; end: number }> {
  const bodies = new Map<number, { start: number; end: number }>();
  const reader = new Reader(module, 8);
  let index = 0;
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.section(reader.unsigned());
    if (id === 2) index += readCoreImports(section).filter(({ kind }) => kind === 0).length;
    else if (id === 10)
      section.list((code) => {
        const body = code.section(code.unsigned());
        bodies.set(index++, { start: body.at, end: body.end });
      });
  }
  return bodies;
}
