import { isDeepStrictEqual } from "node:util";
import { stringify } from "lossless-json";
import {
  type FunctionKind,
  type HostRetryPolicy,
  isHint,
  type LogLevel,
  type OplogEntry,
  type OplogEntryOf,
  type OplogIndex,
  type OplogRegion,
  type TypedValue,
} from "../oplog/entries.js";
import { Regions } from "../oplog/regions.js";
import { Divergence, HostTrap, Interrupt, UpdateFailed } from "./signals.js";

/** Golem's write buffer: what is in it is not yet seen by its retry decision. */
const bufferSize = 128;

/** An entry less its time, which the journal puts on. */
export type NewEntry = OplogEntry extends infer E ? (E extends OplogEntry ? Omit<E, "at"> : never) : never;

export interface JournalOptions {
  /** All entries so far. The journal keeps and extends this array. */
  log: OplogEntry[];
  /** Milliseconds since 1970. */
  now: () => number;
  /** Called with entries that are to be committed, in order. */
  commit: (entries: OplogEntry[]) => void;
  /** Given while another version of the component is tried: called once, when it has replayed the record. */
  updating?: (() => void) | undefined;
  /** Asked before an entry is recorded: throws when there is no room, and says whether the entries are to be committed now. */
  charge?: ((entry: NewEntry) => boolean) | undefined;
}

/**
 * One instance's view of its worker's oplog: first it answers host calls from the record, then, live, it records them.
 * Follows the replay of Golem 1.2.0 (`durable_host/replay_state.rs`, `durability.rs`), its oddities included.
 */
export class Journal {
  readonly #log: OplogEntry[];
  readonly #now: () => number;
  readonly #commit: (entries: OplogEntry[]) => void;
  readonly #charge: (entry: NewEntry) => boolean;
  #updating: (() => void) | undefined;
  /** What a replay leaves out. */
  readonly skipped: Regions;
  /** Index of the last entry that was on record when this instance started. */
  readonly #target: OplogIndex;
  #replayed: OplogIndex = 0;
  #committed: OplogIndex;
  #seenLogs = new Set<string>();
  /** From the last invocation on: what the component set, in memory only. */
  persistNothing = false;
  idempotent = true;
  readonly #openRegions = new Set<OplogIndex>();
  /** Remote writes whose begin has been replayed, and whose end is still to come. */
  readonly #replaying = new Set<OplogIndex>();
  policy: HostRetryPolicy | undefined;

  constructor({ log, now, commit, updating, charge = () => false }: JournalOptions) {
    this.#charge = charge;
    this.#updating = updating;
    this.#log = log;
    this.#now = now;
    this.#commit = commit;
    this.skipped = Regions.of(log);
    this.#target = log.length;
    this.#committed = log.length;
    this.#moveTo(0);
  }

  /** True when nothing on record is left to replay. */
  get live(): boolean {
    return this.#replayed >= this.#target;
  }

  /** Index of the entry last recorded, or, in replay, last read. */
  get index(): OplogIndex {
    return this.live ? this.#log.length : this.#replayed;
  }

  /** Entries that are committed: what the rest of the engine can see. */
  get committed(): readonly OplogEntry[] {
    return this.#log.slice(0, this.#committed);
  }

  /**
   * `Error` entries at the committed end of the log: what Golem 1.2 takes for the number of retries so far. Hints do not
   * end the row, any other entry does: so a `Jump` starts the count anew.
   */
  trailingErrors(): number {
    return trailingErrors(this.#log, this.#committed);
  }

  // ---- live

  /** Records an entry; it is committed later, with others. */
  add(entry: NewEntry): OplogIndex {
    if (this.#updating && this.live) {
      this.#updating();
      this.#updating = undefined;
    }
    const full = this.#charge(entry);
    this.#log.push({ ...entry, at: this.#now() } as OplogEntry);
    const index = this.#log.length;
    if (full || index - this.#committed >= bufferSize) this.commit();
    return index;
  }

  /** Takes in entries that the main thread has recorded and committed between two runs. */
  takeIn(entries: readonly OplogEntry[]): void {
    this.#log.push(...entries);
    this.#committed = this.#log.length;
  }

  /** Hands what was recorded to the main thread, which writes it before it handles anything posted later. */
  commit(): void {
    if (this.#committed < this.#log.length) this.#commit(this.drain());
  }

  /** What was recorded and not committed: whoever takes it hands it to the main thread. */
  drain(): OplogEntry[] {
    const entries = this.#log.slice(this.#committed);
    this.#committed = this.#log.length;
    return entries;
  }

  // ---- replay

  #entry(index: OplogIndex): OplogEntry {
    return this.#log[index - 1] as OplogEntry;
  }

  #moveTo(index: OplogIndex): void {
    this.#replayed = index;
    const region = index < this.#target ? this.skipped.at(index + 1) : undefined;
    if (region) this.#replayed = Math.min(region.end, this.#target);
  }

  /** The next entry that is no hint, or undefined when there is none left. Reading it also passes over the hints after it. */
  #next(): { index: OplogIndex; entry: OplogEntry } | undefined {
    while (!this.live) {
      const index = this.#replayed + 1;
      const entry = this.#entry(index);
      this.#moveTo(index);
      if (isHint(entry)) continue;
      this.#passHints();
      return { index, entry };
    }
    return undefined;
  }

  #passHints(): void {
    this.#seenLogs = new Set();
    while (!this.live) {
      const entry = this.#entry(this.#replayed + 1);
      if (!isHint(entry)) break;
      if (entry.type === "Log") this.#seenLogs.add(`${entry.level} ${entry.message}`);
      this.#moveTo(this.#replayed + 1);
    }
  }

  #read<T extends OplogEntry["type"]>(type: T): { index: OplogIndex; entry: OplogEntryOf<T> } {
    const next = this.#next();
    if (next?.entry.type === type) return { index: next.index, entry: next.entry as OplogEntryOf<T> };
    const found = next ? `${next.entry.type} at index ${next.index}` : "nothing";
    throw new Divergence(`Unexpected oplog entry: expected ${type}, got ${found}`);
  }

  /** Looks ahead, without moving, for an entry that ends what began at `begin`. */
  #find(ends: (entry: OplogEntry) => boolean, forbids: (entry: OplogEntry) => boolean = () => false): boolean {
    for (let i = this.#replayed + 1; i <= this.#target; i++) {
      const region = this.skipped.at(i);
      if (region) {
        i = region.end;
        continue;
      }
      const entry = this.#entry(i);
      if (ends(entry)) return true;
      if (forbids(entry)) return false;
    }
    return false;
  }

  /**
   * Gives up the rest of the record: what follows `begin` is done again, and a replay will leave the first try out. The Jump
   * covers itself and what the main thread has recorded since this instance started: a Jump is no hint, so a replay would
   * stumble over one that it does not skip. Calls among those entries are not lost, because the queue keeps them.
   * @throws Interrupt when the rest of an earlier exchange's answer goes with the record: the recovery starts again from there
   */
  #doAgainFrom(begin: OplogIndex): void {
    const from = Math.min(begin, ...this.#replaying);
    this.#replayed = this.#target;
    const jump: OplogRegion = { start: from + 1, end: this.#log.length + 1 };
    this.skipped.add(jump);
    this.add({ type: "Jump", jump });
    this.commit();
    if (from < begin) throw new Interrupt("jump");
  }

  // ---- what the component does

  /** The next invocation on record, and where it is. */
  nextInvocation(): { index: OplogIndex; entry: OplogEntryOf<"ExportedFunctionInvoked"> } | undefined {
    this.#passLeadingCreate();
    const next = this.#next();
    if (!next) return undefined;
    const { index, entry } = next;
    if (entry.type === "ExportedFunctionInvoked") return { index, entry };
    throw new Divergence(
      `Unexpected oplog entry: expected ExportedFunctionInvoked, got ${next.entry.type} at index ${next.index}`,
    );
  }

  #passLeadingCreate(): void {
    if (this.#replayed === 0 && !this.live && this.#entry(1).type === "Create") {
      this.#moveTo(1);
      this.#passHints();
    }
  }

  /**
   * The outcome of an invocation: recorded when live, to be committed with what the engine makes of it; compared in replay.
   * @returns where it is on record
   */
  completed(response: OplogEntryOf<"ExportedFunctionCompleted">["response"]): OplogIndex {
    if (this.live) return this.add({ type: "ExportedFunctionCompleted", response });
    const { index, entry } = this.#read("ExportedFunctionCompleted");
    if (!isDeepStrictEqual(entry.response, response))
      throw new Divergence(
        `Unexpected oplog entry at index ${index}: expected the result ${text(entry.response)}, got ${text(response)}`,
      );
    return index;
  }

  /**
   * A host call whose outcome is on record: made when live, answered from the record in replay.
   * @param name as Golem's oplog has it, e.g. `monotonic_clock::now`
   * @param run must return what can be cloned; a failure that the component sees is a value, not an exception
   */
  durable<T>(name: string, kind: FunctionKind, request: unknown, run: () => T): T {
    const bracket = kind === "WriteRemote" && !this.idempotent && !this.persistNothing;
    const begin = bracket ? this.#beginRemoteWrite(true) : this.index;
    let result: T;
    if (this.live || this.persistNothing) {
      result = run();
      if (this.persistNothing) return result;
      this.add({ type: "ImportedFunctionInvoked", functionName: name, kind, request, response: result });
    } else {
      const { index, entry } = this.#read("ImportedFunctionInvoked");
      if (entry.functionName !== name)
        throw new Divergence(
          `Unexpected imported function call entry in oplog at index ${index}: expected ${name}, got ${entry.functionName}`,
        );
      result = entry.response as T;
    }
    if (bracket) this.#endRemoteWrite(begin);
    if (kind === "WriteRemote" && this.live) this.commit();
    return result;
  }

  /** A part of a batched remote write (an HTTP exchange). Committed at once, as what it tells cannot be asked for again. */
  batched<T>(name: string, begin: OplogIndex, request: unknown, run: () => T): T {
    if (this.live || this.persistNothing) {
      const response = run();
      if (!this.persistNothing) {
        const kind: FunctionKind = "WriteRemoteBatched";
        this.add({ type: "ImportedFunctionInvoked", functionName: name, kind, beginIndex: begin, request, response });
        this.commit();
      }
      return response;
    }
    return this.durable(name, "WriteRemoteBatched", request, run);
  }

  /** Begins a batched remote write. Returns where; from then on `live` says whether it is to be sent. */
  beginBatch(): OplogIndex {
    return this.persistNothing ? this.index : this.#beginRemoteWrite(false);
  }

  endBatch(begin: OplogIndex): void {
    if (this.persistNothing) return;
    this.#endRemoteWrite(begin);
    if (this.live) this.commit();
  }

  #beginRemoteWrite(single: boolean): OplogIndex {
    if (this.live) {
      const index = this.add({ type: "BeginRemoteWrite" });
      this.commit();
      return index;
    }
    const { index: begin } = this.#read("BeginRemoteWrite");
    const ends = (entry: OplogEntry) => entry.type === "EndRemoteWrite" && entry.beginIndex === begin;
    if (!this.idempotent) {
      if (!this.#find(ends)) {
        this.#replayed = this.#target;
        throw new HostTrap("Runtime error: Non-idempotent remote write operation was not completed, cannot retry");
      }
    } else if (!single) {
      if (this.#find(ends, (entry) => concurrent(entry, begin))) this.#replaying.add(begin);
      else this.#doAgainFrom(begin);
    }
    return begin;
  }

  #endRemoteWrite(begin: OplogIndex): void {
    if (this.live) this.add({ type: "EndRemoteWrite", beginIndex: begin });
    else this.#read("EndRemoteWrite");
    this.#replaying.delete(begin);
  }

  startSpan(span: { spanId: string; parentId?: string; attributes: Record<string, string> }): string {
    if (!this.live) return this.#read("StartSpan").entry.spanId;
    this.add({ type: "StartSpan", ...span });
    return span.spanId;
  }

  finishSpan(spanId: string): void {
    if (this.live) this.add({ type: "FinishSpan", spanId });
    else this.#read("FinishSpan");
  }

  noOp(): OplogIndex {
    return this.live ? this.add({ type: "NoOp" }) : this.#read("NoOp").index;
  }

  /** An atomic region is open. */
  get inRegion(): boolean {
    return this.#openRegions.size > 0;
  }

  beginRegion(): OplogIndex {
    const begin = this.live ? this.add({ type: "BeginAtomicRegion" }) : this.#replayRegion();
    this.#openRegions.add(begin);
    return begin;
  }

  #replayRegion(): OplogIndex {
    const { index: begin } = this.#read("BeginAtomicRegion");
    if (this.#find((entry) => entry.type === "EndAtomicRegion" && entry.beginIndex === begin)) return begin;
    if (this.#updating) throw new UpdateFailed(); // Golem 1.2 gives up in the middle of a region (recording `patient-update`)
    this.#doAgainFrom(begin);
    return begin;
  }

  endRegion(begin: OplogIndex): void {
    this.#openRegions.delete(begin);
    if (this.live) this.add({ type: "EndAtomicRegion", beginIndex: begin });
    else this.#read("EndAtomicRegion");
  }

  changePolicy(policy: HostRetryPolicy): void {
    this.policy = policy;
    if (this.live) this.add({ type: "ChangeRetryPolicy", policy });
    else this.#read("ChangeRetryPolicy");
  }

  /** Records a jump back. @returns false in replay, where it has happened already */
  jumpTo(index: bigint): boolean {
    const source = this.index + 1;
    const target = index + 1n; // in full: components trap on purpose by a jump far ahead
    if (target > source) throw new HostTrap(`Attempted to jump forward in oplog to index ${target} from ${source}`);
    const start = Number(target);
    if (this.skipped.has(start))
      throw new HostTrap(`Attempted to jump to a deleted region in oplog to index ${target} from ${source}`);
    if (!this.live) return false;
    this.add({ type: "Jump", jump: { start, end: source } });
    this.commit();
    return true;
  }

  /** Text that the component writes. @returns whether it is new, and so to be shown */
  log(level: LogLevel, context: string, message: string): boolean {
    if (!this.live) return false;
    if (this.#seenLogs.delete(`${level} ${message}`)) return false;
    this.add({ type: "Log", level, context, message });
    return true;
  }
}

const text = (response: TypedValue | null) => stringify(response?.value ?? null);

/** Something between the begin of a remote write and its end that keeps the record from being replayed as it is. */
function concurrent(entry: OplogEntry, begin: OplogIndex): boolean {
  switch (entry.type) {
    case "ImportedFunctionInvoked":
      return (
        entry.kind === "WriteRemote" || (entry.kind === "WriteRemoteBatched" && (entry.beginIndex ?? begin) !== begin)
      );
    case "ExportedFunctionCompleted":
      return true;
    default:
      return false;
  }
}

/** See {@link Journal.trailingErrors}; `length` is how much of the log counts. */
export function trailingErrors(log: readonly OplogEntry[], length = log.length): number {
  const reverted = Regions.of(log.slice(0, length), "Revert");
  let errors = 0;
  for (let i = length; i >= 1; i--) {
    if (reverted.has(i)) continue;
    const entry = log[i - 1] as OplogEntry;
    if (entry.type === "Error") errors++;
    else if (!isHint(entry)) break;
  }
  return errors;
}
