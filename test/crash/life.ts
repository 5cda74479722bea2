import type { OplogEntry, OplogIndex } from "../../packages/minigolem/dist/oplog/entries.js";
import type { Store, WorkerRow } from "../../packages/minigolem/dist/oplog/store.js";
import type { GuestThread } from "../../packages/minigolem/dist/threads/guest-thread.js";
import type { WorkerSurroundings } from "../../packages/minigolem/dist/worker/surroundings.js";
import { Crash, quietly } from "./crashed.js";
import { type CrashPlan, milestones, type Point } from "./plans.js";

type Message = Parameters<Parameters<GuestThread["handle"]>[0]>[0];

/** Undoes a transaction that a crash divides. */
class Cut extends Error {}

/** After these a guest thread is at rest. */
const atRest = new Set(["outcome", "loaded", "load-failed", "crashed"]);

/** What does not change the store may go on. */
const reads = new Set(["read", "raw", "last", "get", "pending", "find", "all"]);

/** Real milliseconds that a guest thread may take to notice that its worker has crashed. */
const patience = 120_000;

/**
 * The world of one worker from its start to its crash. After the crash its store refuses writes, its timers don't run, its
 * thread is not heard, and its callers get no answer: for this worker the process has ended. Other workers go on.
 */
export class Life {
  readonly surroundings: WorkerSurroundings;
  /** Resolves at the crash, with the last entry that is on record. */
  readonly died: Promise<Point>;
  dead = false;
  #announce: (where: Point) => void = () => {};
  readonly #usual: WorkerSurroundings;
  readonly #row: WorkerRow;
  #armed: OplogIndex | undefined;
  /** The thread's entries also reach the disk without what the engine concludes from them, when its buffer is full. */
  #bare = false;
  /** It also crashes when the engine writes something by itself. */
  #stumbles = false;
  #wants: CrashPlan["wants"];
  /** What ends with it reads nothing any more. */
  #ending = false;
  #transaction: { after: OplogIndex; entries: OplogEntry[] } | undefined;
  readonly #timers = new Set<() => void>();
  #thread: GuestThread | undefined;
  #handler: (message: Message) => void = () => {};
  #handling = "";
  /** What the thread was told last, and what it said last. */
  #talk = "";
  /** The guest runs or loads. */
  #busy = false;
  readonly #asked = new Set<unknown>();
  #rested: (() => void)[] = [];

  /** @param told what the worker asks its host for, as it asks */
  constructor(usual: WorkerSurroundings, row: WorkerRow, told: (what: string) => void) {
    this.#usual = usual;
    this.#row = row;
    this.died = new Promise((announce) => {
      this.#announce = announce;
    });
    this.surroundings = {
      ...usual,
      store: this.#mortalStore(usual.store),
      clock: { ...usual.clock, at: (at, run) => this.#at(at, run) },
      threads: {
        acquire: async (component: Parameters<WorkerSurroundings["threads"]["acquire"]>[0]) => {
          const thread = await usual.threads.acquire(component);
          if (!this.dead) return this.#mortalThread(thread);
          usual.threads.release(thread);
          throw new Crash();
        },
        release: () => this.#release(),
      } as unknown as WorkerSurroundings["threads"],
      answer: (worker, what, payload) => {
        told(what);
        return usual.answer(worker, what, payload);
      },
      publish: (worker, event) => {
        if (!this.dead) usual.publish(worker, event);
      },
    };
  }

  /**
   * Crashes right after an entry is on record.
   * @param bare where the guest thread wrote the entry, what the engine concludes from it is not on record
   * @param stumbles it crashes before that when the engine writes something by itself
   * @param wants decides where no index is given
   */
  arm(index: OplogIndex | undefined, bare = false, stumbles = false, wants?: CrashPlan["wants"]): void {
    this.#wants = wants;
    this.#armed = index;
    this.#bare = bare;
    this.#stumbles = stumbles;
  }

  /** Crashes now. */
  kill(): void {
    if (this.dead) return;
    this.dead = true;
    for (const cancel of this.#timers) cancel();
    const thread = this.#thread;
    if (thread) {
      thread.cancelRequests();
      for (const id of this.#asked) thread.post("answer", { id, error: "the worker has crashed" });
      if (this.#busy) {
        thread.interrupt("restart");
        thread.post("overtaken"); // it does not go on to wait
      }
    }
    this.#ending = true;
    quietly(() => this.#handler({ op: "crashed", error: "crash" })); // code of the worker that waits for its thread ends
    this.#ending = false;
    const at = this.#usual.store.oplog.last(this.#row.key);
    this.#announce({ at, bare: this.#bare && at === this.#armed });
  }

  /** Resolves when nothing of this life runs any more. */
  async quiet(): Promise<void> {
    if (this.#busy) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((_, fail) => {
        timer = setTimeout(
          () => fail(new Error(`the thread of ${this.#row.name} does not come to rest: ${this.story}`)),
          patience,
        );
      });
      await Promise.race([new Promise<void>((done) => this.#rested.push(done)), late]).finally(() =>
        clearTimeout(timer),
      );
    }
    this.#release(true);
  }

  /** How it stands, for an error. */
  get story(): string {
    const state = this.dead ? "dead" : "alive";
    return `${state}, its thread ${this.#busy ? "runs" : "rests"}: ${this.#talk.slice(-200)}`;
  }

  #check(): void {
    if (this.dead) throw new Crash();
  }

  #mortalStore(store: Store): Store {
    const guarded = <T extends object>(part: T): T =>
      Object.fromEntries(
        Object.entries(part).map(([name, value]) => [name, reads.has(name) ? value : this.#guarded(value)]),
      ) as T;
    const { oplog } = store;
    return {
      ...guarded(store),
      workers: guarded(store.workers),
      invocations: guarded(store.invocations),
      oplog: {
        ...guarded(oplog),
        read: (worker, first, last) => {
          if (this.#ending) throw new Crash();
          return oplog.read(worker, first, last);
        },
        append: (worker, after, entries) => {
          this.#check();
          this.#written(after, entries);
          oplog.append(worker, after, entries);
        },
      },
      transaction: (change) => this.#transact(store, change),
    };
  }

  #guarded(value: unknown): unknown {
    if (typeof value !== "function") return value;
    return (...args: unknown[]) => {
      this.#check();
      return value(...args);
    };
  }

  #written(after: OplogIndex, entries: readonly OplogEntry[]): void {
    const transaction = this.#transaction;
    if (!transaction) return;
    if (transaction.entries.length === 0) transaction.after = after;
    transaction.entries.push(...entries);
    if (this.#armed === undefined) this.#choose(after, entries);
    if (this.#armed === undefined) return;
    const { length } = transaction.entries;
    const last = transaction.after + length;
    const bare = this.#bare && (this.#handling === "entries" || this.#handling === "outcome");
    if (last > this.#armed || (last === this.#armed && bare)) throw new Cut();
  }

  #choose(after: OplogIndex, entries: readonly OplogEntry[]): void {
    for (const [i, entry] of entries.entries()) {
      const wanted = this.#wants?.(entry);
      if (wanted) return this.arm(after + i + 1, wanted.bare);
    }
  }

  /** A transaction is whole or not at all; only entries that a buffer might have been full of go without what follows. */
  #transact<T>(store: Store, change: () => T): T {
    this.#check();
    if (this.#transaction) return store.transaction(change);
    const transaction = { after: 0, entries: [] as OplogEntry[] };
    this.#transaction = transaction;
    try {
      const result = store.transaction(change);
      if (!this.#isDueAfter(transaction)) return result;
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      const { after, entries } = transaction;
      const kept = entries.slice(0, (this.#armed as OplogIndex) - after);
      store.transaction(() => store.oplog.append(this.#row.key, after, kept));
    } finally {
      this.#transaction = undefined;
    }
    this.kill();
    throw new Crash();
  }

  #isDueAfter({ after, entries }: { after: OplogIndex; entries: readonly OplogEntry[] }): boolean {
    if (this.#armed === undefined) return false;
    if (after + entries.length >= this.#armed) return true;
    return this.#stumbles && entries.some(({ type }) => milestones.has(type));
  }

  #at(at: bigint, run: () => void): () => void {
    const cancel = this.#usual.clock.at(at, () => {
      this.#timers.delete(cancel);
      if (!this.dead) quietly(run);
    });
    this.#timers.add(cancel);
    return cancel;
  }

  #mortalThread(thread: GuestThread): GuestThread {
    this.#thread = thread;
    const mortal = {
      get dir() {
        return thread.dir;
      },
      interrupt: (kind: Parameters<GuestThread["interrupt"]>[0]) => {
        if (!this.dead) thread.interrupt(kind);
      },
      cancelRequests: () => {
        if (!this.dead) thread.cancelRequests();
      },
      post: (op: string, message?: object) => {
        if (this.dead) return;
        if (op === "load" || op === "recover" || op === "invoke") this.#busy = true;
        if (op === "answer") this.#asked.delete((message as { id: unknown }).id);
        this.#talk = `told ${op}`;
        thread.post(op, message);
      },
      handle: (handler: (message: Message) => void) => {
        if (this.dead) return;
        this.#handler = handler;
        thread.handle((message) => this.#receive(thread, message));
      },
      leaveRequests: async () => {
        await thread.leaveRequests();
        this.#check();
      },
      terminate: async () => {
        if (this.dead) return;
        this.#thread = undefined;
        await thread.terminate();
        this.#rest();
      },
    };
    return mortal as unknown as GuestThread;
  }

  #receive(thread: GuestThread, message: Message): void {
    this.#talk += `, said ${message.op}`;
    if (message.op === "crashed") this.#thread = undefined;
    if (message.op === "request" && this.dead)
      return thread.post("answer", { id: message.id, error: "the worker has crashed" });
    if (message.op === "request") this.#asked.add(message.id);
    if (atRest.has(message.op)) this.#rest();
    if (this.dead) return;
    this.#handling = message.op;
    quietly(() => this.#handler(message));
    this.#handling = "";
  }

  #rest(): void {
    this.#busy = false;
    for (const done of this.#rested.splice(0)) done();
  }

  #release(last = false): void {
    const thread = this.#thread;
    if (!thread || (this.dead && !last)) return;
    this.#thread = undefined;
    this.#busy = false;
    this.#usual.threads.release(thread);
  }
}
