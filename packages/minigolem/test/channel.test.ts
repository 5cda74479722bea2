import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { realClock } from "../dist/clock.js";
import { GuestThread } from "../dist/threads/guest-thread.js";
import { Channel, interruptCode, newSignal } from "../src/guest/channel.js";

test("a call that overtakes an interrupt cuts off a wait that was about to begin", async () => {
  const signal = newSignal();
  const { port1, port2 } = new MessageChannel();
  const channel = new Channel(port2, signal);
  const waker = new Worker(
    "const { workerData: s } = require('node:worker_threads'); setTimeout(() => { Atomics.add(s, 0, 1); Atomics.notify(s, 0); }, 1000)",
    { eval: true, workerData: signal },
  );
  signal[1] = interruptCode.restart;
  port1.postMessage({ op: "overtaken" });
  Atomics.add(signal, 0, 1);
  await new Promise((done) => setImmediate(done));
  channel.pump();
  expect(() => channel.wait()).toThrow("worker restart");
  expect(receiveMessageOnPort(port1)).toBeUndefined(); // it has not said that it waits
  await waker.terminate();
  port1.close();
});

test("a thread that is lent while it prepares runs until it has loaded, so that virtual time stands still", async () => {
  const surroundings = { time: undefined, offset: 0n, onMessage() {}, onLong: () => {}, onEnd() {} };
  const thread = new GuestThread({ clock: realClock(), ...surroundings });
  const component = { dir: "nowhere", script: new Uint8Array(new SharedArrayBuffer(0)), modules: new Map() };
  const seen: [op: string, running: boolean][] = [];
  const loaded = new Promise<void>((done) =>
    thread.handle(({ op }) => {
      seen.push([op, thread.running]);
      if (op === "loaded") done();
    }),
  );
  thread.prepare(component);
  expect(thread.running).toBe(false);
  thread.post("load", { ...component, log: [] });
  await loaded;
  expect(seen).toEqual([
    ["prepared", true],
    ["loaded", false],
  ]);
  await thread.terminate();
});
