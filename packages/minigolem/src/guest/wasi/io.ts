import type { GuestContext, Imports } from "../context.js";
import { HostTrap, Suspend } from "../signals.js";
import { type Event, IoError, inputStreams, outputStreams } from "./io-streams.js";

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

  const { InputStream, BytesStream } = inputStreams(Pollable);
  const { OutputStream } = outputStreams(Pollable);
  const imports: Imports = {
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll },
    "wasi:io/streams": { InputStream, OutputStream },
  };
  return { Pollable, InputStream, OutputStream, BytesStream, IoError, imports };
}

export type Io = ReturnType<typeof io>;
