const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads WebAssembly's binary encoding from the front. */
export class Reader {
  #at: number;
  readonly #bytes: Uint8Array;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.end = end;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.end;
  }

  peek(): number {
    if (this.done) throw new Error(`unexpected end of the file at offset ${this.#at}`);
    return this.#bytes[this.#at] as number;
  }

  /** Another reader of the same, from here on. */
  fork(): Reader {
    return new Reader(this.#bytes, this.#at, this.end);
  }

  byte(): number {
    const byte = this.peek();
    this.#at++;
    return byte;
  }

  /** Unsigned LEB128 of at most 64 bits. */
  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
      if (scale > 2 ** 63) throw new Error(`a number is too long at offset ${this.#at}`);
    }
  }

  text(): string {
    return utf8.decode(this.take(this.unsigned()));
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.end) throw new Error(`unexpected end of the file at offset ${this.end}`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next `length` bytes, to be read on their own. */
  section(length: number): Reader {
    const start = this.#at;
    this.take(length);
    return new Reader(this.#bytes, start, start + length);
  }

  list<T>(item: (reader: this) => T): T[] {
    return Array.from({ length: this.unsigned() }, () => item(this));
  }

  optional<T>(item: (reader: this) => T): T | null {
    return this.byte() === 0 ? null : item(this);
  }
}
