/** The engine's time. Nanoseconds since 1970. */
export interface Clock {
  now(): bigint;
  /** Calls back once it is `at`. @returns cancels it */
  at(at: bigint, run: () => void): () => void;
  /** Something that time may wait for has ended: a virtual clock looks whether it can jump. */
  poke(): void;
  close(): void;
}

/** What a virtual clock asks the engine. */
export interface Activity {
  /** Work is under way that takes no time: the clock stands still. */
  busy(): boolean;
  /** Something outside is waited for (an HTTP answer): time goes by as it really does. */
  waiting(): boolean;
}

/** Sets and releases the clock by hand: what a test of something that happens during a wait needs. */
export interface VirtualTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** From now on the clock jumps only when told to. */
  hold(): void;
  /** The clock jumps by itself again. */
  release(): void;
  /** Moves a held clock on; timers due by then run in their order. @param ms 0 or more */
  advance(ms: number): Promise<void>;
}

const nanosPerMilli = 1_000_000n;

/** Starts at the system's time, and counts on from there without its jumps. */
export function realClock(): Clock {
  const offset = BigInt(Date.now()) * nanosPerMilli - process.hrtime.bigint();
  const now = () => offset + process.hrtime.bigint();
  const open = new Set<() => void>();
  return {
    now,
    at(at, run) {
      let timer: NodeJS.Timeout;
      const cancel = () => {
        clearTimeout(timer);
        open.delete(cancel);
      };
      const wait = () => {
        const left = Number(at - now()) / 1e6;
        if (left <= 0) {
          open.delete(cancel);
          run();
        } else timer = setTimeout(wait, Math.min(left, 2 ** 31 - 1)); // the longest that setTimeout knows
      };
      open.add(cancel);
      if (at <= now()) timer = setTimeout(wait, 0);
      else wait();
      return cancel;
    },
    poke() {},
    close() {
      for (const cancel of [...open]) cancel();
    },
  };
}

interface Timer {
  at: bigint;
  run: () => void;
}

class Timers {
  #all: Timer[] = [];

  /** The one that is due first. */
  next(): Timer | undefined {
    return this.#all.reduce<Timer | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
  }

  /** @returns cancels it */
  add(timer: Timer): () => void {
    this.#all.push(timer);
    return () => this.#remove(timer);
  }

  runDue(now: () => bigint): void {
    for (let timer = this.next(); timer && timer.at <= now(); timer = this.next()) {
      this.#remove(timer);
      timer.run();
    }
  }

  clear(): void {
    this.#all = [];
  }

  #remove(timer: Timer): void {
    this.#all = this.#all.filter((other) => other !== timer);
  }
}

/** Resolves when nothing is under way that takes no time. */
const settled = (activity: Activity) =>
  new Promise<void>((done) => {
    const check = () => (activity.busy() ? void setTimeout(check, 1) : done());
    setImmediate(() => setImmediate(check));
  });

/** Where virtual time outlives the engine: it is ahead of the system's, and must not go back. */
export interface KeptTime {
  /** Nanoseconds since 1970; 0 at first. */
  read(): bigint;
  keep(time: bigint): void;
}

/**
 * Stands still while anything can happen, and jumps to the next timer when nothing else can.
 * Starts at the system's time, or at the one that was kept if that is later.
 * @param shared where guest threads read the time
 */
export function virtualClock(
  activity: Activity,
  shared: BigInt64Array<SharedArrayBuffer>,
  kept: KeptTime,
): Clock & { time: VirtualTime } {
  const timers = new Timers();
  let held = false;
  let looking = false;
  let outside: NodeJS.Timeout | undefined;
  let closed = false;
  const [system, last] = [BigInt(Date.now()) * nanosPerMilli, kept.read()];
  shared[0] = last > system ? last : system;
  const now = () => shared[0] as bigint;
  const set = (time: bigint) => {
    Atomics.store(shared, 0, time);
    kept.keep(time);
  };

  const jump = (to: bigint) => {
    if (to > now()) set(to);
    timers.runDue(now);
    poke();
  };
  /** Twice round the event loop, so that what is in a socket already comes first. */
  const poke = () => {
    clearTimeout(outside);
    if (looking || closed) return;
    looking = true;
    setImmediate(() => setImmediate(look));
  };
  const look = () => {
    looking = false;
    const timer = timers.next();
    if (closed || !timer || activity.busy()) return;
    if (timer.at <= now()) return jump(now()); // due: it needs no time to pass
    if (held) return;
    if (!activity.waiting()) return jump(timer.at);
    outside = setTimeout(
      () => activity.busy() || jump(timer.at),
      Math.min(Number(timer.at - now()) / 1e6, 2 ** 31 - 1),
    );
    outside.unref();
  };
  return {
    now,
    at(at, run) {
      const cancel = timers.add({ at, run });
      poke();
      return cancel;
    },
    poke,
    close() {
      closed = true;
      clearTimeout(outside);
      timers.clear();
    },
    time: {
      now: () => Number(now() / nanosPerMilli),
      hold() {
        held = true;
        clearTimeout(outside);
      },
      release() {
        held = false;
        poke();
      },
      async advance(ms) {
        if (!(ms >= 0)) throw new RangeError(`time.advance: ${ms} is not a number of milliseconds. Pass 0 or more`);
        const end = now() + BigInt(Math.round(ms * 1e6));
        await settled(activity);
        for (let timer = timers.next(); timer && timer.at <= end; timer = timers.next()) {
          if (timer.at > now()) set(timer.at);
          timers.runDue(now);
          await settled(activity);
        }
        if (end > now()) set(end); // a clock that was not held may have gone on by itself
      },
    },
  };
}
