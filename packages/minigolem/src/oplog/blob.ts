/** A blob of the database, not copied. */
export const blob = (value: unknown) =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array((value as Buffer).buffer, (value as Buffer).byteOffset, (value as Buffer).length);
