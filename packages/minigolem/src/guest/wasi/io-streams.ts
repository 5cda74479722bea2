import { HostTrap } from "../signals.js";

/** Something a component can wait for. */
export interface Event {
  ready(): boolean;
  /** A timer's time by the monotonic clock, in nanoseconds. */
  deadline?: bigint;
}

/** The `pollable` class of one instance. */
export type PollableClass<P> = new (event: Event) => P;

const always: Event = { ready: () => true };

/** Bytes that may be written at a time. */
const writable = 1 << 20;

/** `wasi:io/error`: the resource behind a stream's `last-operation-failed`. */
export class IoError {
  /** @param code of an HTTP body's stream: `wasi:http/types` error-code */
  constructor(
    readonly text: string,
    readonly code?: unknown,
  ) {}
  toDebugString(): string {
    return this.text;
  }
  [Symbol.dispose](): void {}
}

/** The input streams of one instance. */
export function inputStreams<P>(Pollable: PollableClass<P>) {
  /** Where nothing ever comes from, unless a subclass says otherwise. */
  class InputStream {
    read(_length: bigint): Uint8Array {
      throw { tag: "closed" };
    }
    blockingRead(length: bigint): Uint8Array {
      return this.read(length);
    }
    skip(length: bigint): bigint {
      return BigInt(this.read(length).length);
    }
    blockingSkip(length: bigint): bigint {
      return BigInt(this.blockingRead(length).length);
    }
    subscribe(): P {
      return new Pollable(always);
    }
    [Symbol.dispose](): void {}
  }

  /** Over bytes that are all there. */
  class BytesStream extends InputStream {
    /** How many have been read. */
    at = 0;
    constructor(readonly bytes: Uint8Array) {
      super();
    }
    override read(length: bigint): Uint8Array {
      if (this.at >= this.bytes.length) throw { tag: "closed" };
      const part = this.bytes.slice(this.at, this.at + Number(length));
      this.at += part.length;
      return part;
    }
  }

  return { InputStream, BytesStream };
}

/** Where bytes can be taken from. */
export interface Source {
  read(length: bigint): Uint8Array;
  blockingRead(length: bigint): Uint8Array;
}

/** The output streams of one instance. */
export function outputStreams<P>(Pollable: PollableClass<P>) {
  /**
   * Hands over what is written. How much may be written at a time is always the same and never on record: a sink that is
   * full blocks, which the component cannot tell apart in replay.
   */
  class OutputStream {
    constructor(readonly sink: { write(bytes: Uint8Array): void; close?(): void }) {}
    checkWrite(): bigint {
      return BigInt(writable);
    }
    write(bytes: Uint8Array): void {
      this.sink.write(bytes.slice());
    }
    blockingWriteAndFlush(bytes: Uint8Array): void {
      this.write(bytes);
    }
    flush(): void {}
    blockingFlush(): void {}
    writeZeroes(length: bigint): void {
      if (length > writable)
        throw new HostTrap(`${length} zeroes were written, and a stream takes ${writable} bytes at a time`);
      this.write(new Uint8Array(Number(length)));
    }
    blockingWriteZeroesAndFlush(length: bigint): void {
      this.writeZeroes(length);
    }
    splice(from: Source, length: bigint): bigint {
      const bytes = from.read(length);
      this.write(bytes);
      return BigInt(bytes.length);
    }
    blockingSplice(from: Source, length: bigint): bigint {
      const bytes = from.blockingRead(length);
      this.write(bytes);
      return BigInt(bytes.length);
    }
    subscribe(): P {
      return new Pollable(always);
    }
    [Symbol.dispose](): void {
      this.sink.close?.();
    }
  }

  return { OutputStream };
}
