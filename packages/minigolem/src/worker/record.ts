import { Damage } from "../oplog/damage.js";
import type { NewEntry, OplogEntry, OplogIndex, TypedValue } from "../oplog/entries.js";
import type { GuestThread } from "../threads/guest-thread.js";
import { Conclusions } from "./conclusions.js";
import { type LastError, lastError } from "./last-error.js";
import type { WorkerSurroundings } from "./surroundings.js";

/** The thread that has a copy of the record. */
type Copy = Pick<GuestThread, "post">;

/** A worker's oplog. Whoever runs writes it: the guest thread while the component executes, otherwise this one. */
export class WorkerRecord {
  readonly #key: number;
  readonly #around: Pick<WorkerSurroundings, "store" | "clock">;
  readonly #onEntry: (entry: OplogEntry) => void;
  /** Undefined when it could not be read: it is read before anything is written. */
  #last: OplogIndex | undefined;
  #copy: Copy | undefined;
  #guestWrites = false;
  /** Written here, and not yet known to the guest thread. */
  #unsent: OplogEntry[] = [];
  /** Given to the guest thread to write. */
  #given: OplogEntry[] = [];
  /** Kept while it holds: the oplog may be long. */
  #conclusions: Conclusions | undefined;

  /**
   * @param key of the worker
   * @param onEntry called with each entry that is written
   */
  constructor(key: number, around: Pick<WorkerSurroundings, "store" | "clock">, onEntry: (entry: OplogEntry) => void) {
    this.#key = key;
    this.#around = around;
    this.#onEntry = onEntry;
    this.#last = this.#lastOnRecord();
  }

  /** 0 when it cannot be read. */
  get last(): OplogIndex {
    return this.#last ?? this.#lastOnRecord() ?? 0;
  }

  /** @throws StorageFault when it cannot be read */
  get surelyLast(): OplogIndex {
    this.#last ??= this.#around.store.oplog.last(this.#key);
    return this.#last;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Number(this.#around.clock.now() / 1000n) / 1000;
  }

  append(entry: NewEntry): void {
    const timed = { ...entry, at: this.now() } as OplogEntry;
    if (this.#guestWrites) {
      this.#given.push(timed);
      this.#copy?.post("append", { entry });
    } else this.#write([timed], true);
  }

  /** The thread has loaded all that is on record. */
  copiedBy(thread: Copy): void {
    this.#copy = thread;
    this.#unsent = [];
  }

  /** Lets the thread write from now on. @returns what it does not know yet */
  handOver(): OplogEntry[] {
    this.#guestWrites = true;
    return this.#unsent.splice(0);
  }

  /** Writes what the thread has recorded. @param appended how many of the entries that it was given are among them */
  take(entries: readonly OplogEntry[], appended: number): void {
    this.#given.splice(0, appended);
    this.#write(entries, false);
  }

  /** Writes here from now on; what the thread was given to record, and has not recorded, first. */
  takeBack(): void {
    this.#guestWrites = false;
    if (this.#given.length > 0) this.#write(this.#given.splice(0), true);
  }

  /** No thread has a copy any more. */
  dropCopy(): void {
    this.#copy = undefined;
    this.#unsent = [];
    this.takeBack();
  }

  /** Goes back to what is really written, after that has failed. */
  reset(): void {
    this.#copy = undefined;
    this.#guestWrites = false;
    this.#unsent = [];
    this.#given = [];
    this.#conclusions = undefined;
    this.#last = this.#lastOnRecord();
  }

  read(): OplogEntry[] {
    return this.#around.store.oplog.read(this.#key, 1, this.last);
  }

  /** The result that an entry holds. */
  response(index: OplogIndex): TypedValue | null {
    const [entry] = this.#around.store.oplog.read(this.#key, index, index);
    return entry?.type === "ExportedFunctionCompleted" ? entry.response : null;
  }

  /** The entries from the last one on, read page by page: there may be many, and mostly the last ones tell. */
  *#backwards(): Generator<[OplogIndex, OplogEntry]> {
    const page = 64;
    for (let { last } = this; last >= 1; last -= page) {
      const first = Math.max(1, last - page + 1);
      const entries = this.#around.store.oplog.read(this.#key, first, last);
      for (let i = entries.length - 1; i >= 0; i--) yield [first + i, entries[i] as OplogEntry];
    }
  }

  /** Nothing when the record is damaged, which the last error tells. */
  get conclusions(): Conclusions {
    if (this.#conclusions) return this.#conclusions;
    try {
      this.#conclusions = Conclusions.of(this.read());
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      this.#conclusions = new Conclusions();
    }
    return this.#conclusions;
  }

  /** The last error, if nothing went well since. */
  lastError(): LastError | undefined {
    try {
      return lastError(this.#backwards());
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      return { error: error.message, retryCount: 0 };
    }
  }

  #write(entries: readonly OplogEntry[], own: boolean): void {
    const { store } = this.#around;
    if (entries.length === 0) return;
    const last = this.surelyLast;
    store.transaction(() => {
      store.oplog.append(this.#key, last, entries);
      this.#last = last + entries.length;
    });
    if (own && this.#copy) this.#unsent.push(...entries);
    for (const entry of entries) {
      if (entry.type === "Jump" || entry.type === "Revert") this.#conclusions = undefined;
      this.#conclusions?.note(entry);
      this.#onEntry(entry);
    }
  }

  #lastOnRecord(): OplogIndex | undefined {
    try {
      return this.#around.store.oplog.last(this.#key);
    } catch {
      return undefined;
    }
  }
}
