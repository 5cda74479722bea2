import type { Message } from "../guest/channel.js";
import type { GuestThread } from "../threads/guest-thread.js";
import { loadMessage } from "./load-message.js";
import type { WorkerParts } from "./parts.js";
import type { LoadedVersion } from "./surroundings.js";

/** Entries that take some ten milliseconds to replay, with a new instance. */
const quickReplay = 300;

/** A worker's instance, in the guest thread that is lent to it. */
export class Instance {
  readonly #parts: WorkerParts;
  #thread: GuestThread | undefined;
  /** Asked for while the component waited, and not yet noticed by it. */
  #interrupting: "interrupt" | "overtaken" | undefined;
  /** Asked for while the instance was being made. */
  #interruptLoaded = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** A thread is lent to it. */
  get hasThread(): boolean {
    return this.#thread !== undefined;
  }

  /** It was told to stop, and nothing came between. */
  get isInterrupted(): boolean {
    return this.#interrupting === "interrupt";
  }

  /** Its thread knows the component, and its record is replayed in no time when it is called again. */
  quickToReload(dir: string): boolean {
    return this.#thread?.dir === dir && this.#parts.record.last <= quickReplay;
  }

  /** Has a thread load the component and the record. */
  load(thread: GuestThread, version: LoadedVersion, handle: (message: Message) => void): void {
    this.#thread = thread;
    thread.handle(handle);
    this.#parts.record.copiedBy(thread);
    thread.post("load", loadMessage(this.#parts, version));
  }

  run(op: "recover" | "invoke", message: object = {}): void {
    this.#interrupting = undefined;
    this.#thread?.post(op, { ...message, entries: this.#parts.record.handOver() });
  }

  /** Stops it where it is, or crashes it. It notices when it next waits or returns. */
  signal(kind: "interrupt" | "restart"): void {
    this.#interrupting = kind === "interrupt" ? kind : undefined;
    this.#thread?.interrupt(kind);
  }

  /** Stops it as soon as it runs. */
  signalWhenLoaded(): void {
    this.#interruptLoaded = true;
  }

  /** It runs. */
  loaded(): void {
    if (this.#interruptLoaded) this.signal("interrupt");
    this.#interruptLoaded = false;
  }

  /** Has it start again with the version that is wanted, unless it is to stop anyway. */
  restartForUpdate(): void {
    if (!this.isInterrupted) this.#thread?.interrupt("restart");
  }

  /**
   * A call that comes before an interrupt has taken effect resumes the worker from its record, on Golem too.
   * @param keep puts the call on record
   */
  overtake(keep: () => void): void {
    this.#interruptLoaded = false;
    if (this.#interrupting) {
      this.#interrupting = "overtaken";
      this.#thread?.interrupt("restart");
    }
    keep();
    if (this.#interrupting) this.#thread?.post("overtaken"); // it does not wait for the end of what it waits for
  }

  /** Answers what a host function asks the engine. */
  async answer({ id, what, payload }: Message): Promise<void> {
    const thread = this.#thread;
    try {
      const value = await this.#parts.around.answer(this.#parts, String(what), payload as Record<string, unknown>);
      thread?.post("answer", { id, value });
    } catch (error) {
      thread?.post("answer", { id, error: (error as Error).message });
    }
  }

  /**
   * Ends what a run that is over had under way outside, unless the instance stays. What an interrupted instance waited for goes on on
   * Golem if a call has overtaken the interrupt.
   * @param left called when that has come to its end
   * @returns whether a call has overtaken an interrupt
   */
  settle(stays: boolean, left: () => void): boolean {
    const thread = this.#thread;
    thread?.interrupt(undefined);
    const overtaken = this.#interrupting === "overtaken";
    this.#interrupting = undefined;
    if (overtaken) void thread?.leaveRequests().then(left);
    else if (!stays) thread?.cancelRequests();
    return overtaken;
  }

  /** Gives the thread back. Nothing runs on it. */
  release(): void {
    const thread = this.#thread;
    this.gone();
    if (!thread) return;
    thread.cancelRequests();
    this.#parts.around.threads.release(thread);
  }

  /** Ends the thread, whatever it does. @param handle gets what it still tells */
  async end(handle: (message: Message) => void = () => {}): Promise<void> {
    this.#thread?.handle(handle);
    await this.#thread?.terminate();
  }

  /** The thread is no more, or another's. */
  gone(): void {
    this.#thread = undefined;
    this.#parts.record.dropCopy();
  }
}
