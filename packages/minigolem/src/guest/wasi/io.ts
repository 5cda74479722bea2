import type { GuestContext, Imports } from "../context.js";
import { HostTrap, Suspend } from "../signals.js";

/** Something a component can wait for. */
export interface Event {
  ready(): boolean;
  /** A timer's time by the monotonic clock, in nanoseconds. */
  deadline?: bigint;
}

const always: Event = { ready: () => true };

/** Bytes that may be written at a time. */
const writable = 1 << 20;

/** From here on a component that only waits for timers needs no thread: it comes back by replay, as on Golem 1.2. */
const suspendAfter = 10_000_000_000n;

/** wasi:io for one instance, and what the other interfaces make their streams and pollables with. */
export function io({ journal, channel, clock }: GuestContext) {
  class Pollable {
    constructor(readonly event: Event) {}
    ready(): boolean {
      return journal.durable("golem io::poll::pollable::ready", "ReadLocal", null, () => {
        channel.pump();
        return this.event.ready();
      });
    }
    block(): void {
      poll([this]);
    }
    [Symbol.dispose](): void {}
  }

  function waitForAny(events: Event[]): number[] {
    for (;;) {
      channel.pump();
      const ready = events.flatMap((event, i) => (event.ready() ? [i] : []));
      if (ready.length > 0) {
        channel.checkInterrupt(); // what is waited for may be there before the wait begins
        return ready;
      }
      const deadlines = events.flatMap(({ deadline }) => (deadline === undefined ? [] : [deadline]));
      const next = deadlines.length > 0 ? deadlines.reduce((a, b) => (a < b ? a : b)) : undefined;
      if (next !== undefined && deadlines.length === events.length && next - clock.monotonic() >= suspendAfter)
        throw new Suspend(next);
      channel.wait(next);
    }
  }

  function poll(pollables: Pollable[]): Uint32Array {
    if (pollables.length === 0) throw new HostTrap("empty poll list");
    const events = pollables.map(({ event }) => event);
    return Uint32Array.from(journal.durable("golem io::poll::poll", "ReadLocal", null, () => waitForAny(events)));
  }

  /** `wasi:io/error`: the resource behind a stream's `last-operation-failed`. */
  class IoError {
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
    subscribe(): Pollable {
      return new Pollable(always);
    }
    [Symbol.dispose](): void {}
  }

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
    splice(from: InputStream, length: bigint): bigint {
      const bytes = from.read(length);
      this.write(bytes);
      return BigInt(bytes.length);
    }
    blockingSplice(from: InputStream, length: bigint): bigint {
      const bytes = from.blockingRead(length);
      this.write(bytes);
      return BigInt(bytes.length);
    }
    subscribe(): Pollable {
      return new Pollable(always);
    }
    [Symbol.dispose](): void {
      this.sink.close?.();
    }
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

  const imports: Imports = {
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll },
    "wasi:io/streams": { InputStream, OutputStream },
  };
  return { Pollable, InputStream, OutputStream, BytesStream, IoError, imports };
}

export type Io = ReturnType<typeof io>;
