import { GolemFault } from "../fault.js";
import type { Message } from "../guest/channel.js";
import type { Outcome } from "../guest/messages.js";
import type { HazardKind } from "../hazards.js";
import { Closed } from "../oplog/damage.js";
import type { OplogEntry } from "../oplog/entries.js";
import { Alarm } from "./alarm.js";
import { Instance } from "./instance.js";
import { hasInstance } from "./lifecycle.js";
import type { WorkerParts } from "./parts.js";

/** What becomes of a worker when its execution comes to an end. */
export interface Endings {
  ended(outcome: Outcome): void;
  crashed(error: string): void;
  interrupted(): void;
  startFailed(error: Error): void;
  replayed(): void;
  /** Everything is on record: callers get their results, or the fault instead. */
  tell(instead?: GolemFault): void;
}

/** When a worker's instance is made, what it is given to do, and when it is stopped. */
export class Execution {
  readonly alarm: Alarm;
  readonly instance: Instance;
  /** Set before anything starts. */
  endings!: Endings;
  /** An idle worker that is restarted recovers, and on Golem 1.2 recovers once more for the next call (recording `aborted-then-anew`). */
  recoverAgain = false;
  /** Somebody wanted it to go on while it ran: what it waits for may have come after it has looked. */
  woken = false;
  /** Milliseconds since 1970. */
  lastUsed = 0;
  /** Bytes, when it last ran. 0: it has not run since the start of the engine. */
  linearMemory = 0;
  readonly #parts: WorkerParts;
  /** Who waits until nothing is starting. */
  #stopping: (() => void)[] = [];
  /** A start was asked for during a turn. */
  #startWanted = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.alarm = new Alarm(parts.around.clock);
    this.instance = new Instance(parts);
  }

  /** Makes the next call, as soon as nothing stands in its way. */
  next(): void {
    const { state, turns, queue, record, around } = this.#parts;
    this.lastUsed = record.now();
    if (state.deleting || turns.busy || this.startUpdate()) return;
    if (queue.isBusy || queue.isEmpty) return;
    const answer = state.asked("next");
    if (answer === "start" && !this.alarm.isSet) this.start();
    if (answer !== "invoke") return;
    if (this.recoverAgain) {
      this.release();
      return this.start();
    }
    const invocation = queue.begin();
    const { functionName, idempotencyKey } = invocation;
    state.passed("invoked"); // not kept: should the process die now, the pending call says what to do
    around.publish(state, { type: "invocation-started", function: functionName, idempotencyKey, at: record.now() });
    this.#run("invoke", { invocation });
  }

  /** Tries the next version, if one is wanted and nothing runs. @returns whether it does */
  startUpdate(): boolean {
    const { state, updates } = this.#parts;
    if (!updates.wanted || state.asked("updateDue") === "nothing") return false;
    this.alarm.clear();
    this.start();
    return true;
  }

  /** @param at nanoseconds since 1970 */
  startAt(at: bigint): void {
    this.alarm.set(at, () =>
      this.guarded(() => {
        if (this.#parts.state.asked("timer") === "start") this.start();
      }),
    );
  }

  /** Makes a new instance from the record. */
  start(): void {
    const { state, turns, updates } = this.#parts;
    if (state.deleting) return;
    if (turns.busy) {
      state.happened("held");
      this.#startWanted = true;
      return;
    }
    if (this.instance.hasThread && (updates.trying || !updates.wanted)) return this.#recover();
    if (this.instance.hasThread) this.release(); // it has the old version
    state.happened("loading");
    this.#load().catch((error: Error) => {
      state.passed("over");
      if (!this.#noteStopped()) this.guarded(() => this.endings.startFailed(error));
    });
  }

  async #load(): Promise<void> {
    const { row, around, state, updates } = this.#parts;
    const target = updates.next;
    const version = await around.version(row.componentId, target ?? row.version);
    const thread = await around.threads.acquire(version);
    if (this.#stopping.length > 0 || state.deleting) {
      around.threads.release(thread);
      state.passed("over");
      this.#noteStopped();
      return;
    }
    updates.trying = target === undefined ? undefined : version;
    this.instance.load(thread, version, (message) => this.guarded(() => this.#handle(message)));
  }

  #loaded(): void {
    const { updates } = this.#parts;
    if (this.#stopping.length > 0) {
      this.release();
      this.#noteStopped();
    } else if (updates.wanted && !updates.trying) {
      this.release(); // an update came while the old version was being loaded
      this.start();
    } else {
      this.#recover();
      this.instance.loaded();
    }
  }

  #recover(): void {
    this.#parts.state.happened("recovering");
    this.#run("recover");
  }

  #run(op: "recover" | "invoke", message?: object): void {
    this.woken = false;
    this.instance.run(op, message);
  }

  #handle(message: Message): void {
    const { record, state, around } = this.#parts;
    switch (message.op) {
      case "loaded":
        return this.#loaded();
      case "replayed":
        return this.endings.replayed();
      case "load-failed":
        this.release();
        around.store.oplog.check(state.row.key);
        return this.#crashed(String(message.error));
      case "crashed":
        return this.#crashed(String(message.error));
      case "ended":
        return this.#terminated(message.how === "interrupt" && this.instance.isInterrupted);
      case "entries":
        return record.take(message.entries as OplogEntry[], message.appended as number);
      case "hazard":
        return state.hazard(message.kind as HazardKind);
      case "request":
        return void this.instance.answer(message);
      case "outcome":
        return this.#ended(message);
    }
  }

  #ended({ entries, appended, outcome, memory }: Message): void {
    const { around, record, state } = this.#parts;
    this.linearMemory = memory as number;
    around.store.transaction(() => {
      record.take(entries as OplogEntry[], appended as number);
      state.passed("over");
      record.takeBack();
      this.endings.ended(outcome as Outcome);
    });
    this.endings.tell();
  }

  /** The thread itself died, for want of memory say. */
  #crashed(error: string): void {
    this.#gone();
    if (!this.#noteStopped()) this.endings.crashed(error);
  }

  /** The thread was ended, because the component did not notice an interrupt. */
  #terminated(interrupted: boolean): void {
    this.#gone();
    if (this.#noteStopped()) return;
    if (interrupted) this.endings.interrupted();
    else this.start();
  }

  #gone(): void {
    this.#parts.state.passed("over");
    this.instance.gone();
  }

  /** Gives its thread back. Nothing runs on it. */
  release(): void {
    const { state } = this.#parts;
    state.passed(state.now === "idle" ? "unloaded" : "over");
    this.recoverAgain = false;
    this.instance.release();
  }

  /** Ends the instance, whatever it does. What is on record stays. */
  async stop(): Promise<void> {
    const { state, updates, queue } = this.#parts;
    this.alarm.clear();
    if (state.now === "starting") await new Promise<void>((done) => this.#stopping.push(done));
    updates.trying = undefined;
    queue.requeueCurrent();
    if (!this.instance.hasThread) return;
    if (state.now !== "running") return this.release();
    // What it has recorded counts, as requests may have been made because of it; how it ends does not.
    await this.instance.end((message) => {
      if (message.op === "entries") this.guarded(() => this.#handle(message));
    });
    this.#gone();
  }

  /** A turn is over: the worker goes on as it is now. */
  goOn(): void {
    const { state } = this.#parts;
    if (state.deleting) return;
    const wanted = this.#startWanted;
    this.#startWanted = false;
    if (wanted && !hasInstance(state.now)) this.start();
    else this.next();
  }

  /** Tells those who wait in {@link stop} for what was starting. @returns whether there were any */
  #noteStopped(): boolean {
    const waiting = this.#stopping.splice(0);
    for (const stopped of waiting) stopped();
    return waiting.length > 0;
  }

  /** Acts on a message or a timer, which have no caller who would get the error. */
  guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Closed)) this.#broken(error as Error);
    }
  }

  /**
   * The record could not be read or written, because it is damaged or the disk is full. The worker stops as if the process had
   * been killed; what is on record stays, and `resume` goes on from it.
   */
  #broken({ message }: Error): void {
    const { row, state, record, queue } = this.#parts;
    this.alarm.clear();
    void this.instance.end();
    record.reset();
    this.instance.gone();
    state.passed("broken");
    const fault = new GolemFault("RuntimeError", message);
    this.endings.tell(fault);
    queue.interrupt(fault);
    this.#noteStopped();
    console.error(`worker ${row.componentId}/${row.name} is interrupted: ${message}`);
  }
}
