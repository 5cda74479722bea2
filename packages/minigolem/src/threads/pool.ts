import { availableParallelism } from "node:os";
import type { Clock } from "../clock.js";
import type { PrepareMessage, ScriptMessage } from "../guest/messages.js";
import { GuestThread } from "./guest-thread.js";

/** Threads that are kept although nothing uses them. */
const spares = 4;

/** Of these, how many are prepared for the component that was last asked for, when new workers come faster than threads. */
const most = 3;

/** Bytes that a thread may keep while nothing uses it: ending it gives them back. */
const keepable = 64 << 20;

/** Milliseconds until somebody who waits for a thread gets one beyond the limit: those in use may compute or wait for hours. */
const patience = 1000;

/** How many guests for each processor may compute for long beside the others. */
const crowd = 2;

/** The most threads at any time, as a multiple of the limit. */
const stretch = 4;

export interface PoolOptions {
  clock: Clock;
  /** The virtual time, if there is one. */
  time: BigInt64Array<SharedArrayBuffer> | undefined;
  /** Nanoseconds to add to the process's clock for the time since 1970. */
  offset: bigint;
  /** Most threads at a time, unless somebody waits for long; each holds one instance, some 30 MB. */
  limit: number;
}

interface Waiting {
  component: PrepareMessage;
  take: (thread: GuestThread) => void;
}

/** The guest threads of an engine. */
export class ThreadPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<GuestThread>();
  readonly #spare: GuestThread[] = [];
  readonly #waiting: Waiting[] = [];
  #shortage = (_component?: PrepareMessage) => {};
  /** Grows when somebody had to wait for a thread to start. */
  #ahead = 0;
  #closed = false;
  #hurrying: NodeJS.Timeout | undefined;
  /** Components whose start came to no end: nothing is prepared for them again. */
  readonly #endless = new Set<string>();
  /** Components of which a guest had to be ended. */
  readonly #stubborn = new Set<string>();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#spare.push(this.#start()); // it starts while the first component is on its way
  }

  /** Has a thread that nobody uses compile the script of a component that is being loaded, beside its core modules. */
  expect(component: ScriptMessage): void {
    if (this.#spare.some((thread) => thread.dir === component.dir)) return;
    const thread = this.#pick(isBlank);
    if (!thread) return;
    thread.read(component);
    this.#spare.push(thread);
  }

  /** A thread, at best one that knows the component already. Waits while `limit` are in use. */
  async acquire(component: PrepareMessage): Promise<GuestThread> {
    // A thread that knows the component is there at once, a new one in a twentieth of a second: meanwhile others start.
    if (!this.#spare.some((thread) => thread.dir === component.dir && thread.ready)) this.#shortage(component);
    const thread = this.#take(component);
    if (thread) {
      setTimeout(() => this.#prepareAhead(component), 10).unref(); // after what it is wanted for now has begun
      return thread;
    }
    return new Promise((take) => {
      this.#waiting.push({ component, take });
      this.#shortage();
      this.#hurry();
    });
  }

  /** One more thread for those who have waited for long. */
  #hurry(): void {
    this.#hurrying ??= setTimeout(() => {
      this.#hurrying = undefined;
      if (this.#waiting.length === 0 || this.#closed) return;
      if (this.#all.size < stretch * this.#options.limit) this.#spare.push(this.#start());
      this.#refill();
      this.#hurry();
    }, patience).unref();
  }

  /** Gives back a thread on which nothing runs. */
  release(thread: GuestThread): void {
    thread.handle(() => {});
    thread.interrupt(undefined);
    // What an instance left to come to its end would end with the thread.
    const room = this.#spare.length < spares && this.#all.size <= this.#options.limit;
    const wanted = (room || this.#waiting.length > 0) && thread.memory <= keepable && !thread.computing.isBehind;
    if (wanted || thread.exchanges() > 0) this.#spare.push(thread);
    else this.#end(thread);
    this.#refill();
  }

  /**
   * Calls back when somebody has to wait for a thread: whoever can do without one shall release it.
   * @param ask gets a component when only a thread that knows it helps
   */
  onShortage(ask: (component?: PrepareMessage) => void): void {
    this.#shortage = ask;
  }

  /** A guest runs. */
  busy(): boolean {
    return [...this.#all].some((thread) => thread.running);
  }

  /** HTTP exchanges under way. */
  exchanges(): number {
    return [...this.#all].reduce((sum, thread) => sum + thread.exchanges(), 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((thread) => thread.terminate()));
  }

  #start(): GuestThread {
    const { clock, time, offset } = this.#options;
    const thread: GuestThread = new GuestThread({
      clock,
      time,
      offset,
      onMessage: () => {
        if (this.#waiting.length > 0) this.#shortage();
      },
      onLong: () => this.#makeRoom(),
      onEnd: () => this.#ended(thread),
    });
    this.#all.add(thread);
    return thread;
  }

  /** Guests that compute for long take all processors: others go first, and need not wait for their threads. */
  #makeRoom(): void {
    const long = [...this.#all].filter(({ computing }) => computing.isLong);
    if (long.length < crowd * availableParallelism()) return;
    for (const { computing } of long) computing.goBehind();
    this.#refill();
  }

  /** One more thread may start. Those behind the others don't count: somebody who waited for one could wait for long. */
  #hasRoom(): boolean {
    const { limit } = this.#options;
    if (this.#all.size < limit) return true;
    const counted = [...this.#all].filter(({ computing }) => !computing.isBehind);
    return counted.length < limit && this.#all.size < stretch * limit;
  }

  #end(thread: GuestThread): void {
    this.#all.delete(thread);
    void thread.terminate();
  }

  #ended(thread: GuestThread): void {
    this.#all.delete(thread);
    if (thread.preparing && thread.dir !== undefined) this.#endless.add(thread.dir);
    if (thread.wasEnded && thread.dir !== undefined) this.#stubborn.add(thread.dir);
    const at = this.#spare.indexOf(thread);
    if (at >= 0) this.#spare.splice(at, 1);
    this.#options.clock.poke();
    this.#refill();
  }

  /** A spare one of these, which is none from now on. */
  #pick(which: (thread: GuestThread) => boolean): GuestThread | undefined {
    const at = this.#spare.findIndex(which);
    return at < 0 ? undefined : this.#spare.splice(at, 1)[0];
  }

  #take(component: PrepareMessage): GuestThread | undefined {
    const fits = (thread: GuestThread) => thread.dir === component.dir;
    const known = this.#pick((thread) => fits(thread) && thread.ready) ?? this.#pick(fits);
    if (!known?.ready && !known?.preparing) this.#ahead = Math.min(this.#ahead + 1, most);
    const found = known ?? this.#pick(isBlank) ?? this.#another();
    if (found && !fits(found)) found.ready = false;
    if (!found) return undefined;
    found.dir = component.dir;
    found.computing.isKnown = this.#stubborn.has(component.dir);
    return found;
  }

  #another(): GuestThread | undefined {
    if (this.#hasRoom()) return this.#start();
    const idle = this.#pick((thread) => !thread.preparing);
    const busy = idle ? undefined : this.#spare.shift();
    if (!busy) return idle;
    this.#end(busy); // what it prepares may never come to an end
    return this.#start();
  }

  /** Keeps threads ready that have loaded the component: a new worker's first call then need not wait for one. */
  #prepareAhead(component: PrepareMessage): void {
    const ready = () => this.#spare.filter((thread) => thread.dir === component.dir).length;
    const room = () => this.#all.size < this.#options.limit && this.#spare.length < spares;
    while (!this.#closed && !this.#endless.has(component.dir) && room() && ready() < this.#ahead) {
      const thread = this.#pick(isBlank) ?? this.#start();
      thread.prepare(component);
      this.#spare.push(thread);
    }
  }

  #refill(): void {
    for (let next = this.#waiting[0]; next && !this.#closed; next = this.#waiting[0]) {
      const thread = this.#take(next.component);
      if (!thread) return;
      this.#waiting.shift();
      next.take(thread);
    }
  }
}

const isBlank = (thread: GuestThread) => thread.dir === undefined;
