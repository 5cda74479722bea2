import { afterEach, beforeEach, expect, test } from "vitest";
import { virtualClock } from "../src/clock.js";

let busy = false;
let waiting = false;
let clock: ReturnType<typeof virtualClock>;
beforeEach(() => {
  busy = false;
  waiting = false;
  clock = virtualClock({ busy: () => busy, waiting: () => waiting }, new BigInt64Array(new SharedArrayBuffer(8)));
});
afterEach(() => clock.close());

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

test("while an answer from outside is waited for, a timer takes as long as it says", async () => {
  waiting = true;
  const start = performance.now();
  expect(await after(30_000_000n)).toBe(30_000_000n);
  expect(performance.now() - start).toBeGreaterThan(25);
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
  await expect(clock.time.advance(-1)).rejects.toThrow("-1 is not a number of milliseconds");
});

test("runs what is due while the clock is held", async () => {
  clock.time.hold();
  expect(await after(0n)).toBe(0n);
});
