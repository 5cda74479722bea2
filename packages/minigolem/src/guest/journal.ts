import { isDeepStrictEqual } from "node:util";
import { stringify } from "lossless-json";
import type {
  FunctionKind,
  HostRetryPolicy,
  LogLevel,
  NewEntry,
  OplogEntry,
  OplogEntryOf,
  OplogIndex,
  OplogRegion,
  TypedValue,
} from "../oplog/entries.js";
import type { Regions } from "../oplog/regions.js";
import { trailingErrors } from "../oplog/trailing-errors.js";
import { concurrent, type Read, Replay } from "./replay.js";
import { Divergence, HostTrap, Interrupt, UpdateFailed } from "./signals.js";

/** Golem's write buffer: what is in it is not yet seen by its retry decision. */
const bufferSize = 128;

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
  readonly #replay: Replay;
  #committed: OplogIndex;
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
    this.#replay = new Replay(log);
    this.#committed = log.length;
  }

  /** True when nothing on record is left to replay. */
  get live(): boolean {
    return this.#replay.over;
  }

  /** What a replay leaves out. */
  get skipped(): Regions {
    return this.#replay.skipped;
  }

  /** Index of the entry last recorded, or, in replay, last read. */
  get index(): OplogIndex {
    return this.live ? this.#log.length : this.#replay.index;
  }

  /** Entries that are committed, `from` to `to`, as far as there are any: what the rest of the engine can see. */
  committed(from: OplogIndex = 1, to = Number.POSITIVE_INFINITY): readonly OplogEntry[] {
    return this.#log.slice(from - 1, Math.min(to, this.#committed));
  }

  /** Failures so far, as Golem counts them: in what is committed. */
  trailingErrors(): number {
    return trailingErrors(this.#log, this.#committed);
  }

  /** Records an entry, which is the journal's from now on. It is committed later, with others. */
  add(entry: NewEntry): OplogIndex {
    if (this.#updating && this.live) {
      this.#updating();
      this.#updating = undefined;
    }
    const full = this.#charge(entry);
    const timed = entry as OplogEntry;
    timed.at = this.#now();
    const index = this.#log.push(timed);
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

  /**
   * Gives up the rest of the record: what follows `begin` is done again, and a replay will leave the first try out. The Jump
   * covers itself and what the main thread has recorded since this instance started: a Jump is no hint, so a replay would
   * stumble over one that it does not skip. Calls among those entries are not lost, because the queue keeps them.
   * @throws Interrupt when the rest of an earlier exchange's answer goes with the record: the recovery starts again from there
   */
  #doAgainFrom(begin: OplogIndex): void {
    const from = Math.min(begin, ...this.#replaying);
    this.#replay.giveUp();
    const jump: OplogRegion = { start: from + 1, end: this.#log.length + 1 };
    this.skipped.add(jump);
    this.add({ type: "Jump", jump });
    this.commit();
    if (from < begin) throw new Interrupt("jump");
  }

  /** The next invocation on record, and where it is. */
  nextInvocation(): Read<"ExportedFunctionInvoked"> | undefined {
    return this.#replay.nextInvocation();
  }

  /**
   * The outcome of an invocation: recorded when live, to be committed with what the engine makes of it; compared in replay.
   * @returns where it is on record
   */
  completed(response: OplogEntryOf<"ExportedFunctionCompleted">["response"]): OplogIndex {
    if (this.live) return this.add({ type: "ExportedFunctionCompleted", response });
    const { index, entry } = this.#replay.read("ExportedFunctionCompleted");
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
      const { index, entry } = this.#replay.read("ImportedFunctionInvoked");
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
    const { index: begin } = this.#replay.read("BeginRemoteWrite");
    if (!this.idempotent && !this.#replay.hasEnd("EndRemoteWrite", begin)) {
      this.#replay.giveUp();
      throw new HostTrap("Runtime error: Non-idempotent remote write operation was not completed, cannot retry");
    }
    if (this.idempotent && !single) {
      if (this.#replay.hasEnd("EndRemoteWrite", begin, concurrent)) this.#replaying.add(begin);
      else this.#doAgainFrom(begin);
    }
    return begin;
  }

  #endRemoteWrite(begin: OplogIndex): void {
    if (this.live) this.add({ type: "EndRemoteWrite", beginIndex: begin });
    else this.#replay.read("EndRemoteWrite");
    this.#replaying.delete(begin);
  }

  startSpan(span: { spanId: string; parentId?: string; attributes: Record<string, string> }): string {
    if (!this.live) return this.#replay.read("StartSpan").entry.spanId;
    this.add({ type: "StartSpan", ...span });
    return span.spanId;
  }

  finishSpan(spanId: string): void {
    if (this.live) this.add({ type: "FinishSpan", spanId });
    else this.#replay.read("FinishSpan");
  }

  noOp(): OplogIndex {
    return this.live ? this.add({ type: "NoOp" }) : this.#replay.read("NoOp").index;
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
    const { index: begin } = this.#replay.read("BeginAtomicRegion");
    if (this.#replay.hasEnd("EndAtomicRegion", begin)) return begin;
    if (this.#updating) throw new UpdateFailed(); // Golem 1.2 gives up in the middle of a region (recording `patient-update`)
    this.#doAgainFrom(begin);
    return begin;
  }

  endRegion(begin: OplogIndex): void {
    this.#openRegions.delete(begin);
    if (this.live) this.add({ type: "EndAtomicRegion", beginIndex: begin });
    else this.#replay.read("EndAtomicRegion");
  }

  changePolicy(policy: HostRetryPolicy): void {
    this.policy = policy;
    if (this.live) this.add({ type: "ChangeRetryPolicy", policy });
    else this.#replay.read("ChangeRetryPolicy");
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
    if (this.#replay.hasSeen(level, message)) return false;
    this.add({ type: "Log", level, context, message });
    return true;
  }
}

const text = (response: TypedValue | null) => stringify(response?.value ?? null);
