import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Clock } from "../clock.js";
import { interruptCode, type Message, newSignal } from "../guest/channel.js";
import type { PrepareMessage, ScriptMessage, ThreadData } from "../guest/messages.js";
import { tellLostError } from "../lost-errors.js";
import { Computing } from "./computing.js";
import { createHttp, type Http } from "./http.js";

/** What all guest threads of an engine share. */
export interface ThreadSurroundings {
  clock: Clock;
  /** The virtual time, if there is one. */
  time: BigInt64Array<SharedArrayBuffer> | undefined;
  /** Nanoseconds to add to the process's clock for the time since 1970. */
  offset: bigint;
  /** The thread has handled a message. */
  onMessage(): void;
  /** The thread's guest computes for long. */
  onLong(): void;
  /** The thread is no more. */
  onEnd(thread: GuestThread): void;
}

/** What the thread is told to do, and says the end of with one of {@link ends}. */
const orders = new Set(["prepare", "load", "recover", "invoke"]);

const ends = new Set(["outcome", "prepared", "loaded", "load-failed"]);

/** Milliseconds in which a component that computes must notice an interrupt. One that waits may go on waiting. */
const grace = 2000;

/** Milliseconds in which code that is prepared ahead of need must have started. */
const patience = 5000;

/** MB of JavaScript objects: what the host keeps for a component, its oplog above all. */
const heap = 1024;

/** Bytes that an entry takes as an object, for each of its bytes on record. */
const objects = 4;

/** Milliseconds in a turn from which a guest is too much for the main thread: it gets a pause as long as the turn was. */
const longTurn = 5;

/** The main thread's end of a guest thread. */
export class GuestThread {
  /** Which component's code it has at hand. */
  dir: string | undefined;
  /** It has loaded that code. */
  ready = false;
  /** A guest runs, or soon will: virtual time stands still. */
  running = false;
  /** It loads code ahead of need, and has not come to the end of that. */
  preparing = false;
  /** It was ended because its guest computed, and noticed no interrupt. */
  wasEnded = false;
  /** Bytes that its instance holds: linear memory, and entries of the oplog as objects. */
  memory = 0;
  /** Whether its guest takes the processor from others. */
  readonly computing: Computing;
  readonly #around: ThreadSurroundings;
  readonly #signal = newSignal();
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #http: Http;
  #handler: (message: Message) => void = () => {};
  #cancelTimer = () => {};
  #graceTimer: NodeJS.Timeout | undefined;
  #prepareTimer: NodeJS.Timeout | undefined;
  /** Messages of the guest that were handled in this turn, and how long it took. */
  #turn = { handled: 0, milliseconds: 0 };
  /** Orders that it has not come to the end of. */
  #owed = 0;

  constructor(around: ThreadSurroundings) {
    this.#around = around;
    this.computing = new Computing(
      () => Atomics.load(this.#signal, 3),
      () => around.onLong(),
    );
    const { port1, port2 } = new MessageChannel();
    const { time, offset } = around;
    const workerData: ThreadData = { port: port2, signal: this.#signal, time, offset };
    this.#worker = new Worker(new URL("../guest/thread.bundle.cjs", import.meta.url), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: heap },
      execArgv: [], // what the process loads before its program, a loader of TypeScript say, would miss Node's globals there
      name: "guest",
    });
    this.#worker.on("error", (error) => this.#died(error));
    this.#port = port1;
    port1.on("message", (message: Message) => this.#receive(message));
    port1.unref();
    this.#http = createHttp({
      post: (message) => {
        port1.postMessage(message);
        this.#wake();
      },
    });
  }

  post(op: string, message: object = {}): void {
    if (orders.has(op)) this.#owed++;
    this.#port.postMessage({ ...message, op });
    this.#wake();
  }

  /** Has it compile a component's script ahead of need. */
  read({ dir, script }: ScriptMessage): void {
    this.dir = dir;
    this.post("read", { dir, script });
  }

  /**
   * Has it load a component's code ahead of need. If the component does not come to the end of its start, the thread is ended:
   * `preparing` stays true, and the handler gets a message `ended`.
   */
  prepare(component: PrepareMessage): void {
    this.dir = component.dir;
    this.preparing = true;
    this.post("prepare", component);
    this.running = false; // virtual time need not wait for it
    this.#prepareTimer = setTimeout(() => void this.#end("restart"), patience).unref();
  }

  /** Who gets its messages from now on. */
  handle(handler: (message: Message) => void): void {
    this.#handler = handler;
  }

  /**
   * Takes effect when the component next waits or returns. One that does neither is ended with its thread, and the handler gets a
   * message `ended`: a loop without an end would hold a thread and a processor for good.
   */
  interrupt(kind: keyof typeof interruptCode | undefined): void {
    Atomics.store(this.#signal, 1, kind ? interruptCode[kind] : 0);
    clearTimeout(this.#graceTimer);
    if (kind === undefined) return;
    this.#graceTimer = setTimeout(() => {
      if (this.running) void this.#end(kind);
    }, grace).unref();
  }

  async #end(how: keyof typeof interruptCode): Promise<void> {
    this.wasEnded = true;
    const handler = this.#handler;
    const last = (message: Message) => {
      if (message.op === "entries") handler(message);
    };
    this.#handler = last;
    await this.terminate();
    if (this.#handler === last) handler({ op: "ended", how }); // otherwise somebody else stopped it meanwhile
  }

  /** Ends what the instance had under way outside. */
  cancelRequests(): void {
    this.#http.cancelAll();
  }

  /** Lets them come to their end, for nobody. */
  leaveRequests(): Promise<void> {
    return this.#http.leaveAll();
  }

  /** HTTP exchanges under way, left ones too. */
  exchanges(): number {
    return this.#http.pending();
  }

  /** Ends it, whatever it does; what it has said until then is handled. */
  async terminate(): Promise<void> {
    this.#cancelTimer();
    this.computing.close();
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#prepareTimer);
    await this.#worker.terminate();
    this.#drain();
    await this.#http.close();
    this.#port.close();
    this.#around.onEnd(this);
  }

  #died(error: NodeJS.ErrnoException): void {
    // What a component takes is the component's fault, and its worker tells of it. Anything else is minigolem's own.
    if (error.code !== "ERR_WORKER_OUT_OF_MEMORY") tellLostError(error);
    this.#cancelTimer();
    this.computing.close();
    this.#drain();
    void this.#http.close();
    this.#handler({ op: "crashed", error: error.stack ?? error.message });
    this.#around.onEnd(this);
  }

  #wake(): void {
    this.#cancelTimer();
    this.running = this.#owed > 0; // between runs messages are handled, but nothing runs on because of them
    if (this.running) this.computing.begins();
    Atomics.add(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }

  #receive(message: Message): void {
    const begin = performance.now();
    try {
      this.#take(message);
    } finally {
      this.#acknowledge(performance.now() - begin);
    }
  }

  /** The guest may go on when others had their turn. */
  #acknowledge(milliseconds: number): void {
    const turn = this.#turn;
    turn.milliseconds += milliseconds;
    if (turn.handled++ > 0) return;
    setImmediate(() => {
      this.#turn = { handled: 0, milliseconds: 0 };
      const go = () => {
        Atomics.add(this.#signal, 2, turn.handled);
        Atomics.notify(this.#signal, 2);
      };
      if (turn.milliseconds < longTurn) go();
      else setTimeout(go, turn.milliseconds).unref();
    });
  }

  #take(message: Message): void {
    if (message.op.startsWith("http.")) return this.#http.handle(message);
    if (message.op === "blocked") return this.#blocked(message);
    // A worker may have got the thread while it was still preparing: then it goes on with loading.
    if (ends.has(message.op) && --this.#owed === 0) this.#rests();
    if (message.op === "prepared" || message.op === "loaded") this.ready = true;
    if (message.op === "prepared") {
      this.preparing = false;
      clearTimeout(this.#prepareTimer);
    }
    if (message.op === "outcome") this.memory = (message.memory as number) + objects * (message.recorded as number);
    this.#handler(message);
    this.#around.onMessage();
    this.#around.clock.poke();
  }

  /** It waits, unless something was posted meanwhile. */
  #blocked({ seen, until }: Message): void {
    if (seen !== Atomics.load(this.#signal, 0)) return;
    this.#rests();
    const { clock } = this.#around;
    if (until !== undefined) this.#cancelTimer = clock.at(until as bigint, () => this.#wake());
    clock.poke();
  }

  #rests(): void {
    this.running = false;
    this.computing.ends();
  }

  #drain(): void {
    for (let m = receiveMessageOnPort(this.#port); m; m = receiveMessageOnPort(this.#port))
      this.#receive(m.message as Message);
  }
}
