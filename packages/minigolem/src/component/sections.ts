import { Reader } from "./reader.js";

/** The sections of a component or a core module, which have the same form. */
export function* sectionsOf(binary: Uint8Array): Generator<{ id: number; whole: Uint8Array; content: Reader }> {
  const reader = new Reader(binary, 8);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.section(reader.unsigned());
    yield { id, whole: binary.subarray(start, reader.at), content };
  }
}

/** Writes a section. */
export const section = (id: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([id, ...unsigned(content.length)]), content]);

/** LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
