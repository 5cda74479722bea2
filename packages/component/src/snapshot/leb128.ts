/** Reads an unsigned LEB128 number of at most 32 bits. */
export function readUnsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return { value, end: at };
  }
  throw new Error(`no LEB128 number ends at offset ${at} of the module. Build the component again`);
}

/** Encodes an unsigned number of at most 32 bits. */
export function unsigned(value: number): number[] {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** Encodes a signed number of 32 bits, as constants are written. */
export function signed(value: number): number[] {
  const bytes = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value & 127];
}
