import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { realClock, virtualClock } from "../src/clock.js";

let busy = false;
let waiting = false;
let clock: ReturnType<typeof virtualClock>;
beforeEach(() => {
  busy = false;
  waiting = false;
  clock = virtualClock({ busy: () => busy, waiting: () => waiting }, new BigInt64Array(new SharedArrayBuffer(8)), {
    read: () => 0n,
    keep: () => {},
  });
});
afterEach(() => {
  clock.close();
  vi.useRealTimers();
});

const second = 1_000_000_000n;
const day = 86_400_000_000_000n;
const after = (delay: bigint) => {
  const from = clock.now();
  return new Promise<bigint>((done) => clock.at(from + delay, () => done(clock.now() - from)));
};
const rounds = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise((done) => setImmediate(done));
};

test("thirty days go by at once when nothing else can happen", async () => {
  expect(await after(30n * day)).toBe(30n * day);
});

test("timers run in their order, each at its own time", async () => {
  const seen: [string, bigint][] = [];
  const from = clock.now();
  const note = (name: string, at: bigint) => clock.at(from + at, () => seen.push([name, clock.now() - from]));
  note("later", 2n * day);
  note("sooner", day);
  await after(3n * day);
  expect(seen).toEqual([
    ["sooner", day],
    ["later", 2n * day],
  ]);
});

test("time stands still while a guest runs", async () => {
  busy = true;
  let done = false;
  clock.at(clock.now() + day, () => {
    done = true;
  });
  await rounds(10);
  expect(done).toBe(false);
  busy = false;
  clock.poke();
  await rounds(5);
  expect(done).toBe(true);
});

describe("while an answer from outside is waited for", () => {
  let from: bigint;
  let ran: boolean;
  /** A timer, and the clock has looked at it. */
  const timerIn = async (delay: bigint) => {
    waiting = true;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    from = clock.now();
    ran = false;
    clock.at(from + delay, () => {
      ran = true;
    });
    await rounds(5);
  };

  test("a timer takes as long as it says", async () => {
    await timerIn(second);
    vi.advanceTimersByTime(999);
    expect([ran, clock.now()]).toEqual([false, from]);
    vi.advanceTimersByTime(1);
    expect([ran, clock.now()]).toEqual([true, from + second]);
  });

  test("thirty days do not overflow what setTimeout knows", async () => {
    await timerIn(30n * day);
    vi.advanceTimersByTime(1000);
    expect(ran).toBe(false);
  });

  test("no time goes by when a guest has begun to run meanwhile", async () => {
    await timerIn(second);
    busy = true;
    vi.advanceTimersByTime(1000);
    expect([ran, clock.now()]).toEqual([false, from]);
  });

  test("the rest goes by at once when the answer is there", async () => {
    await timerIn(second);
    waiting = false;
    clock.poke();
    expect(vi.getTimerCount()).toBe(0);
    await rounds(5);
    expect([ran, clock.now()]).toEqual([true, from + second]);
  });

  test("the clock does not go back to a timer that it was moved past", async () => {
    await timerIn(second);
    await clock.time.advance(5000);
    vi.advanceTimersByTime(1000);
    expect([ran, clock.now()]).toEqual([true, from + 5n * second]);
  });

  test.each<[string, () => void]>([
    ["held", () => clock.time.hold()],
    ["closed", () => clock.close()],
  ])("nothing more happens when the clock is %s", async (_, stop) => {
    await timerIn(second);
    stop();
    vi.advanceTimersByTime(2000);
    clock.poke();
    await rounds(5);
    expect([ran, clock.now()]).toEqual([false, from]);
  });
});

test("timers of the same time run in the order in which they were set", async () => {
  const seen: number[] = [];
  const due = clock.now() + day;
  for (const i of [1, 2, 3]) clock.at(due, () => seen.push(i));
  await after(2n * day);
  expect(seen).toEqual([1, 2, 3]);
});

test("closed, it runs nothing, and takes nothing more", async () => {
  clock.at(clock.now() + second, () => expect.unreachable());
  clock.close();
  clock.at(clock.now() + second, () => expect.unreachable());
  await rounds(5);
});

test("starts at the system's time, and says so in milliseconds too", () => {
  const { now, time } = clock;
  expect(Math.abs(time.now() - Date.now())).toBeLessThan(600_000);
  expect(time.now()).toBe(Number(now() / 1_000_000n));
});

test("a cancelled timer does not run", async () => {
  const cancel = clock.at(clock.now() + 1n, () => expect.unreachable());
  cancel();
  await after(day);
});

test("held, it moves only when told to", async () => {
  clock.time.hold();
  const seen: number[] = [];
  clock.at(clock.now() + 100_000_000n, () => seen.push(100));
  clock.at(clock.now() + 200_000_000n, () => seen.push(200));
  await rounds(10);
  expect(seen).toEqual([]);
  await clock.time.advance(150);
  expect(seen).toEqual([100]);
  clock.time.release();
  await rounds(5);
  expect(seen).toEqual([100, 200]);
});

test("moved by hand, each timer up to the end runs at its own time, and the clock then stands at the end", async () => {
  clock.time.hold();
  const from = clock.now();
  const seen: bigint[] = [];
  for (const ms of [30n, 100n, 101n]) clock.at(from + ms * 1_000_000n, () => seen.push(clock.now() - from));
  await clock.time.advance(100);
  expect(seen).toEqual([30_000_000n, 100_000_000n]);
  await clock.time.advance(0.5);
  expect(clock.now()).toBe(from + 100_500_000n);
  await clock.time.advance(0);
  expect(clock.now()).toBe(from + 100_500_000n);
});

test("moved by hand, it does not go back for a timer that is overdue", async () => {
  clock.time.hold();
  busy = true;
  const from = clock.now();
  const ran = new Promise<bigint>((done) => clock.at(from - second, () => done(clock.now())));
  await rounds(5);
  const moved = clock.time.advance(10);
  busy = false;
  await moved;
  expect(await ran).toBe(from);
});

test("moved on while it goes on by itself, it does not go back", async () => {
  const from = clock.now();
  busy = true;
  const moved = clock.time.advance(100); // it waits until nothing is busy
  await rounds(5);
  clock.at(from + day, () => {});
  busy = false;
  clock.poke();
  await moved;
  expect(clock.now()).toBe(from + day);
});

test("it refuses to go back", async () => {
  await expect(clock.time.advance(-1)).rejects.toThrow(
    "time.advance: -1 is not a number of milliseconds. Pass 0 or more",
  );
  await expect(clock.time.advance(Number.NaN)).rejects.toThrow(RangeError);
});

test("runs what is due while the clock is held", async () => {
  clock.time.hold();
  expect(await after(0n)).toBe(0n);
});

describe("the real clock", () => {
  const start = Date.UTC(2026, 0, 1);
  let real: ReturnType<typeof realClock>;
  beforeEach(() => {
    vi.useFakeTimers({ now: start, toFake: ["setTimeout", "clearTimeout", "Date", "hrtime"] });
    real = realClock();
  });
  const ranAt: number[] = [];
  const timerIn = (ms: number) =>
    real.at(real.now() + BigInt(ms) * 1_000_000n, () => ranAt.push(Number(real.now() / 1_000_000n) - start));
  afterEach(() => {
    ranAt.length = 0;
  });

  test("counts on from the system's time, whatever the system's time is set to", () => {
    expect(real.now()).toBe(BigInt(start) * 1_000_000n);
    vi.setSystemTime(start - 86_400_000);
    vi.advanceTimersByTime(5);
    expect(real.now()).toBe(BigInt(start + 5) * 1_000_000n);
  });

  test("runs a timer when it is time", () => {
    timerIn(1000);
    vi.advanceTimersByTime(999);
    expect(ranAt).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ranAt).toEqual([1000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("runs what is due soon, but not within the call", () => {
    timerIn(0);
    timerIn(-1000);
    expect(ranAt).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ranAt).toHaveLength(2);
  });

  test("waits longer than setTimeout can at once", () => {
    const month = 30 * 86_400_000;
    timerIn(month);
    vi.advanceTimersByTime(month - 1);
    expect(ranAt).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ranAt).toEqual([month]);
  });

  test("forgets a timer that is cancelled, and all of them when it is closed", () => {
    timerIn(10)();
    const cancelled = timerIn(20);
    timerIn(30);
    timerIn(40);
    vi.advanceTimersByTime(15);
    cancelled();
    real.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(ranAt).toEqual([]);
  });

  test("needs no poke", () => {
    expect(real.poke()).toBeUndefined();
  });
});
