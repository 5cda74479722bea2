import type { GuestContext, Imports } from "../context.js";
import type { Io } from "./io.js";

const second = 1_000_000_000n;

/** wasi:clocks. Nanoseconds throughout. */
export function clocks({ journal, clock }: GuestContext, { Pollable }: Io): Imports {
  const timer = (deadline: bigint) => new Pollable({ ready: () => clock.monotonic() >= deadline, deadline });
  const datetime = (time: bigint) => ({ seconds: time / second, nanoseconds: Number(time % second) });
  return {
    "wasi:clocks/monotonic-clock": {
      now: () => journal.durable("monotonic_clock::now", "ReadLocal", null, () => clock.monotonic()),
      resolution: () => journal.durable("monotonic_clock::resolution", "ReadLocal", null, () => 1n),
      subscribeInstant: timer,
      subscribeDuration(duration: bigint) {
        const start = journal.durable("monotonic_clock::subscribe_duration", "ReadLocal", null, () =>
          clock.monotonic(),
        );
        if (journal.live) journal.commit(); // so that a server that dies does not start the wait anew
        return timer(start + duration);
      },
    },
    "wasi:clocks/wall-clock": {
      now: () => journal.durable("wall_clock::now", "ReadLocal", null, () => datetime(clock.wall())),
      resolution: () => journal.durable("wall_clock::resolution", "ReadLocal", null, () => datetime(1n)),
    },
  };
}
