import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Clock } from "./clock.js";
import { interruptCode, type Message, type Signal } from "./guest/channel.js";
import type { PrepareMessage, ThreadData } from "./guest/thread.js";
import { createHttp } from "./http.js";

/** The main thread's end of a guest thread. */
export interface GuestThread {
  /** Which component's code it has at hand. */
  dir: string | undefined;
  /** It has loaded that code. */
  ready: boolean;
  /** A guest runs, or soon will: virtual time stands still. */
  running: boolean;
  post(op: string, message?: object): void;
  /** Who gets its messages from now on. */
  handle(handler: (message: Message) => void): void;
  /** Takes effect when the component next waits or returns. */
  interrupt(kind: keyof typeof interruptCode | undefined): void;
  /** Ends what the instance had under way outside. */
  cancelRequests(): void;
  /** Lets them come to their end, for nobody. */
  leaveRequests(): Promise<void>;
  /** HTTP exchanges under way, left ones too. */
  exchanges(): number;
  terminate(): Promise<void>;
}

export interface ThreadPool {
  /** A thread, at best one that knows the component already. Waits while `limit` are in use. */
  acquire(component: PrepareMessage): Promise<GuestThread>;
  /** Gives back a thread on which nothing runs. */
  release(thread: GuestThread): void;
  /**
   * Called when somebody has to wait for a thread: whoever can do without one shall release it.
   * @param component given: only one that knows it is of use
   */
  onShortage(ask: (component?: PrepareMessage) => void): void;
  /** A guest runs. */
  busy(): boolean;
  /** HTTP exchanges under way. */
  exchanges(): number;
  close(): Promise<void>;
}

/** Threads that are kept although nothing uses them. */
const spares = 4;

/** Of these, how many are prepared for the component that was last asked for, when new workers come faster than threads. */
const most = 3;

/** @param limit most threads at a time; each holds one instance, some 30 MB */
export function createThreadPool({
  clock,
  time,
  offset,
  limit,
}: {
  clock: Clock;
  time: BigInt64Array<SharedArrayBuffer> | undefined;
  offset: bigint;
  limit: number;
}): ThreadPool {
  const all = new Set<GuestThread>();
  const spare: GuestThread[] = [];
  const waiting: { component: PrepareMessage; take: (thread: GuestThread) => void }[] = [];
  let shortage = (_component?: PrepareMessage) => {};
  /** Grows when somebody had to wait for a thread to start. */
  let ahead = 0;
  let closed = false;

  function start() {
    const { port1, port2 } = new MessageChannel();
    const signal: Signal = new Int32Array(new SharedArrayBuffer(8));
    const workerData: ThreadData = { port: port2, signal, time, offset };
    const worker = new Worker(new URL("./guest/thread.bundle.js", import.meta.url), {
      workerData,
      transferList: [port2],
      name: "guest",
    });
    let handler: (message: Message) => void = () => {};
    let cancelTimer = () => {};
    /** Between runs messages are handled, but nothing runs on because of them. */
    let resting = false;
    const wake = () => {
      cancelTimer();
      thread.running = !resting;
      Atomics.add(signal, 0, 1);
      Atomics.notify(signal, 0);
    };
    const http = createHttp({
      post(message) {
        port1.postMessage(message);
        wake();
      },
    });
    const thread = {
      dir: undefined as string | undefined,
      ready: false,
      running: false,
      exchanges: () => http.pending(),
      post(op: string, message: object = {}) {
        if (op !== "append") resting = false;
        port1.postMessage({ ...message, op });
        wake();
      },
      handle(next: (message: Message) => void) {
        handler = next;
      },
      interrupt(kind: keyof typeof interruptCode | undefined) {
        Atomics.store(signal, 1, kind ? interruptCode[kind] : 0);
      },
      cancelRequests: () => http.cancelAll(),
      leaveRequests: () => http.leaveAll(),
      async terminate() {
        all.delete(thread);
        cancelTimer();
        await worker.terminate();
        drain();
        await http.close();
        port1.close();
        clock.poke();
        refill();
      },
    };
    worker.on("error", (error) => {
      all.delete(thread);
      const at = spare.indexOf(thread);
      if (at >= 0) spare.splice(at, 1);
      cancelTimer();
      drain();
      void http.close();
      handler({ op: "crashed", error: error.stack ?? error.message });
      clock.poke();
      refill();
    });
    const receive = (message: Message) => {
      if (message.op.startsWith("http.")) http.handle(message);
      else if (message.op === "blocked") {
        if (message.seen !== Atomics.load(signal, 0)) return;
        thread.running = false;
        if (message.until !== undefined) cancelTimer = clock.at(message.until as bigint, wake);
        clock.poke();
      } else {
        if (["outcome", "prepared", "loaded", "load-failed"].includes(message.op)) {
          thread.running = false;
          resting = true;
        }
        if (message.op === "prepared" || message.op === "loaded") thread.ready = true;
        handler(message);
        if (waiting.length > 0) shortage();
        clock.poke();
      }
    };
    /** What the thread said before it ended. */
    const drain = () => {
      for (let m = receiveMessageOnPort(port1); m; m = receiveMessageOnPort(port1)) receive(m.message as Message);
    };
    port1.on("message", receive);
    port1.unref();
    all.add(thread);
    return thread;
  }

  const isBlank = (thread: GuestThread) => thread.dir === undefined;

  /** A spare one of these, which is none from now on. */
  function pick(which: (thread: GuestThread) => boolean): GuestThread | undefined {
    const at = spare.findIndex(which);
    return at < 0 ? undefined : spare.splice(at, 1)[0];
  }

  function take(component: PrepareMessage): GuestThread | undefined {
    const fits = (thread: GuestThread) => thread.dir === component.dir;
    const known = pick((thread) => fits(thread) && thread.ready) ?? pick(fits);
    if (!known) ahead = Math.min(ahead + 1, most);
    const found = known ?? pick(isBlank) ?? (all.size < limit ? start() : spare.shift());
    if (found && !fits(found)) found.ready = false;
    if (found) found.dir = component.dir;
    return found;
  }

  /** Keeps threads ready that have loaded the component: a new worker's first call then need not wait for one. */
  function prepareAhead(component: PrepareMessage) {
    const ready = () => spare.filter((thread) => thread.dir === component.dir).length;
    while (!closed && all.size < limit && spare.length < spares && ready() < ahead) {
      const thread = pick(isBlank) ?? start();
      thread.dir = component.dir;
      thread.post("prepare", component);
      thread.running = false; // virtual time need not wait for it
      spare.push(thread);
    }
  }

  function refill() {
    while (!closed && waiting.length > 0) {
      const next = waiting[0] as (typeof waiting)[0];
      const thread = take(next.component);
      if (!thread) return;
      waiting.shift();
      next.take(thread);
    }
  }

  spare.push(start()); // it starts while the first component is on its way
  return {
    async acquire(component) {
      // A thread that knows the component is there at once, a new one in a twentieth of a second: meanwhile others start.
      if (!spare.some((thread) => thread.dir === component.dir && thread.ready)) shortage(component);
      const thread = take(component);
      if (thread) {
        setTimeout(prepareAhead, 10, component).unref(); // after what it is wanted for now has begun
        return thread;
      }
      return new Promise((take) => {
        waiting.push({ component, take });
        shortage();
      });
    },
    release(thread) {
      thread.handle(() => {});
      thread.interrupt(undefined);
      // What an instance left to come to its end would end with the thread.
      if (spare.length >= spares && waiting.length === 0 && thread.exchanges() === 0) void thread.terminate();
      else spare.push(thread);
      refill();
    },
    onShortage(ask) {
      shortage = ask;
    },
    busy: () => [...all].some((thread) => thread.running),
    exchanges: () => [...all].reduce((sum, thread) => sum + thread.exchanges(), 0),
    async close() {
      closed = true;
      await Promise.all([...all].map((thread) => thread.terminate()));
    },
  };
}
