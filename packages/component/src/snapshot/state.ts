import { coreModule, exportSection, readExports, type Section, sectionId, sections } from "./core-module.js";
import { readUnsigned, signed, unsigned } from "./leb128.js";

/** What has run in a module's instance: the memory, and the one global that the engine has, its stack pointer. */
export interface State {
  memory: Uint8Array;
  stackPointer: number;
}

const stackPointer = "golem-component:stack-pointer";
const pageSize = 65_536;
const globalKind = 3;

/** The engine's module with its stack pointer exported, so that it can be read when the module has run. */
export function instrumented(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts = sections(module);
  assertKnownShape(parts);
  return coreModule(
    parts.map(({ id, body }) =>
      id === sectionId.export
        ? {
            id,
            body: exportSection([...readExports(body), { name: stackPointer, kind: globalKind, index: 0 }]),
          }
        : { id, body },
    ),
  );
}

/** Reads the state of an instance of an {@link instrumented} module. */
export function stateOf({ exports }: WebAssembly.Instance): State {
  const pointer = exports[stackPointer] as WebAssembly.Global;
  const memory = exports.memory as WebAssembly.Memory;
  return { memory: new Uint8Array(memory.buffer), stackPointer: pointer.value };
}

/**
 * Makes the module that starts in a state: its memory and its stack pointer begin with what they had.
 * @param remove names of exports that ran already, and must not run again
 */
export function withState(
  module: Uint8Array,
  { memory, stackPointer }: State,
  remove: string[],
): Uint8Array<ArrayBuffer> {
  const segments = dataSegments(memory);
  const changed = new Map<number, (body: Uint8Array) => Uint8Array>([
    [sectionId.memory, () => Uint8Array.from([1, 0, ...unsigned(memory.length / pageSize)])],
    [sectionId.global, () => Uint8Array.from([1, 0x7f, 1, 0x41, ...signed(stackPointer), 0x0b])],
    [sectionId.export, (body) => exportSection(readExports(body).filter(({ name }) => !remove.includes(name)))],
    [sectionId.dataCount, () => Uint8Array.from(unsigned(segments.length))],
    [sectionId.data, () => dataSection(memory, segments)],
  ]);
  return coreModule(sections(module).map(({ id, body }) => ({ id, body: changed.get(id)?.(body) ?? body })));
}

/** The snapshot knows one shape of module: the one that this version of the engine has. Another module would lose state silently. */
function assertKnownShape(parts: Section[]): void {
  const body = (id: number) => parts.find((part) => part.id === id)?.body ?? new Uint8Array([0]);
  const i32Mutable = body(sectionId.global);
  const isKnown =
    !parts.some(({ id }) => id === sectionId.start) &&
    body(sectionId.memory)[0] === 1 &&
    body(sectionId.memory)[1] === 0 && // no maximum, 32 bits, not shared
    i32Mutable[0] === 1 &&
    i32Mutable[1] === 0x7f &&
    i32Mutable[2] === 1 &&
    allActive(body(sectionId.data));
  if (!isKnown)
    throw new Error(
      "this engine's module has another shape than componentize-js 0.23.0's: its state cannot be kept. Install componentize-js 0.23.0",
    );
}

/** Passive segments would be copied by code at run time; the engine has none. */
function allActive(body: Uint8Array): boolean {
  let { value: count, end: at } = readUnsigned(body, 0);
  for (; count > 0; count--) {
    if (body[at] !== 0 || body[at + 1] !== 0x41) return false; // memory 0, from a constant
    at = readUnsigned(body, at + 2).end + 1; // past the constant's end
    const { value, end } = readUnsigned(body, at);
    at = end + value;
  }
  return true;
}

interface Segment {
  start: number;
  end: number;
}

/** The parts of a memory that are not zero. Gaps of less than a segment's own overhead stay within one. */
function dataSegments(memory: Uint8Array): Segment[] {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8);
  const found: Segment[] = [];
  let last: Segment | undefined;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 0n) continue;
    const start = i * 8;
    if (last && start - last.end <= 16) last.end = start + 8;
    else {
      last = { start, end: start + 8 };
      found.push(last);
    }
  }
  return joined(found);
}

/** Engines take no more than 100,000 segments; each also costs time at every start. */
function joined(segments: Segment[], most = 10_000): Segment[] {
  if (segments.length <= most) return segments;
  const gaps = segments.slice(1).map(({ start }, i) => start - (segments[i] as Segment).end);
  const smallest = gaps.toSorted((a, b) => a - b)[segments.length - most - 1] as number;
  const found: Segment[] = [];
  for (const segment of segments) {
    const last = found.at(-1);
    if (last && segment.start - last.end <= smallest) last.end = segment.end;
    else found.push({ ...segment });
  }
  return found;
}

function dataSection(memory: Uint8Array, segments: Segment[]): Uint8Array {
  return Buffer.concat([
    Uint8Array.from(unsigned(segments.length)),
    ...segments.flatMap(({ start, end }) => [
      Uint8Array.from([0, 0x41, ...signed(start), 0x0b, ...unsigned(end - start)]),
      memory.subarray(start, end),
    ]),
  ]);
}
