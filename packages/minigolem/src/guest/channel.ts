import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { Interrupt } from "./signals.js";

/**
 * Shared with the main thread: [0] counts its messages, [1] asks for an interrupt: 1 interrupt, 2 restart, [2] counts the guest's
 * messages that it has handled, [3] is the guest thread's number on Linux.
 */
export type Signal = Int32Array<SharedArrayBuffer>;

export const newSignal = (): Signal => new Int32Array(new SharedArrayBuffer(16));

/** How far the guest may be ahead of the main thread, which others wait for, too. */
const window = { messages: 64, bytes: 1 << 20 };

export const interruptCode = { interrupt: 1, restart: 2 } as const;

/** A message between the threads; the main thread handles them in the order they were posted. */
export interface Message {
  op: string;
  [field: string]: unknown;
}

/**
 * The guest thread's end of its connection to the main thread. The guest thread may block, the main thread never does: so an
 * upstream or a test in the main thread can answer while the component waits.
 */
export class Channel {
  readonly #port: MessagePort;
  readonly #signal: Signal;
  readonly #handlers = new Map<string, (message: Message) => void>();
  #seen = 0;
  #lastRequest = 0;
  /** An interrupt is not to wait for the end of what is waited for. Kept, because the message may come just before a wait begins. */
  #overtaken = false;
  readonly #answers = new Map<number, Message>();
  /** Bytes of each message that the main thread has not handled yet. */
  readonly #underWay: number[] = [];
  #bytesUnderWay = 0;
  #handled = 0;

  constructor(port: MessagePort, signal: Signal) {
    this.#port = port;
    this.#signal = signal;
    this.on("answer", (message) => this.#answers.set(message.id as number, message));
    this.on("overtaken", () => {
      this.#overtaken = true;
    });
  }

  on(op: string, handler: (message: Message) => void): void {
    this.#handlers.set(op, handler);
  }

  /** Between runs, when nothing blocks, messages come in by themselves. */
  listen(): void {
    this.#port.on("message", (message: Message) => this.#handlers.get(message.op)?.(message));
  }

  /**
   * Tells the main thread something. Blocks while too much is under way.
   * @param bytes of the message, if there are many
   */
  post(message: Message, bytes = 0): void {
    this.#port.postMessage(message);
    this.#underWay.push(bytes);
    this.#bytesUnderWay += bytes;
    for (;;) {
      const handled = Atomics.load(this.#signal, 2);
      for (; this.#handled !== handled; this.#handled = (this.#handled + 1) | 0)
        this.#bytesUnderWay -= this.#underWay.shift() ?? 0;
      if (this.#underWay.length < window.messages && this.#bytesUnderWay < window.bytes) return;
      Atomics.wait(this.#signal, 2, handled);
    }
  }

  /** Asks the main thread and blocks until it has answered. */
  request<T>(op: string, payload: unknown): T {
    const id = ++this.#lastRequest;
    this.post({ op: "request", id, what: op, payload });
    for (;;) {
      this.pump();
      const answer = this.#answers.get(id);
      if (answer) {
        this.#answers.delete(id);
        if (answer.error !== undefined) throw new Error(String(answer.error));
        return answer.value as T;
      }
      this.#sleep();
    }
  }

  /** Handles what has arrived. Cheap when nothing has. @returns false when all of it were entries to record */
  pump(): boolean {
    const count = Atomics.load(this.#signal, 0);
    if (count === this.#seen) return true;
    this.#seen = count;
    let entries = 0;
    let others = 0;
    for (let m = receiveMessageOnPort(this.#port); m; m = receiveMessageOnPort(this.#port)) {
      const message = m.message as Message;
      if (message.op === "append") entries++;
      else others++;
      this.#handlers.get(message.op)?.(message);
    }
    return entries === 0 || others > 0;
  }

  /** Throws when the main thread has asked for an interrupt. */
  checkInterrupt(): void {
    const code = Atomics.load(this.#signal, 1);
    if (code !== 0) throw new Interrupt(code === interruptCode.restart ? "restart" : "interrupt");
  }

  /**
   * Blocks until a message arrives or `until` is reached by the engine's clock. As on Golem 1.2 an interrupt does not cut
   * it short, but takes effect at its end (recordings `interrupt-recover`, `patient-interrupt`, `patient-update`): nor does an
   * entry that is recorded meanwhile. Only a call that overtakes the interrupt does.
   * @param until wall-clock time in nanoseconds
   */
  wait(until?: bigint): void {
    if (this.#overtaken) {
      this.#overtaken = false;
      this.checkInterrupt();
    }
    this.post({ op: "blocked", until, seen: this.#seen });
    this.#sleep();
    if (this.pump()) this.checkInterrupt();
  }

  #sleep(): void {
    Atomics.wait(this.#signal, 0, this.#seen);
  }
}
