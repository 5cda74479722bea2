import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { expect, test } from "vitest";
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
