import { readUnsigned, unsigned } from "./leb128.js";

/** The sections of a core module that a snapshot changes, by their ids in the binary format. */
export const sectionId = { memory: 5, global: 6, export: 7, start: 8, dataCount: 12, data: 11 } as const;

/** A section of a core module, in the module's order. */
export interface Section {
  id: number;
  body: Uint8Array;
}

/** Divides a core module into its sections. Their bodies are views of the same bytes. */
export function sections(module: Uint8Array): Section[] {
  const found: Section[] = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at] as number;
    const { value, end } = readUnsigned(module, at + 1);
    found.push({ id, body: module.subarray(end, end + value) });
    at = end + value;
  }
  return found;
}

/** Puts sections together to a core module. */
export function coreModule(parts: Section[]): Uint8Array<ArrayBuffer> {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  return Buffer.concat([
    Uint8Array.from(magic),
    ...parts.flatMap(({ id, body }) => [Uint8Array.from([id, ...unsigned(body.length)]), body]),
  ]);
}

/** An entry of the export section. */
export interface Export {
  name: string;
  kind: number;
  index: number;
}

/** Reads the export section. */
export function readExports(body: Uint8Array): Export[] {
  let { value: count, end: at } = readUnsigned(body, 0);
  const number = () => {
    const { value, end } = readUnsigned(body, at);
    at = end;
    return value;
  };
  const found: Export[] = [];
  for (; count > 0; count--) {
    const length = number();
    const name = Buffer.from(body.subarray(at, at + length)).toString();
    at += length;
    const kind = body[at++] as number;
    found.push({ name, kind, index: number() });
  }
  return found;
}

/** Encodes the export section. */
export function exportSection(all: Export[]): Uint8Array {
  const entries = all.flatMap(({ name, kind, index }) => {
    const bytes = Buffer.from(name);
    return [...unsigned(bytes.length), ...bytes, kind, ...unsigned(index)];
  });
  return Uint8Array.from([...unsigned(all.length), ...entries]);
}
