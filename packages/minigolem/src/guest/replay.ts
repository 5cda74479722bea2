import { isHint, type LogLevel, type OplogEntry, type OplogEntryOf, type OplogIndex } from "../oplog/entries.js";
import { Regions } from "../oplog/regions.js";
import { Divergence } from "./signals.js";

/** An entry that was read, and where it is. */
export interface Read<T extends OplogEntry["type"] = OplogEntry["type"]> {
  index: OplogIndex;
  entry: OplogEntryOf<T>;
}

const logText = (level: LogLevel, message: string) => `${level} ${message}`;

function expected<T extends OplogEntry["type"]>(type: T, next: Read | undefined): Read<T> {
  if (next?.entry.type === type) return { index: next.index, entry: next.entry as OplogEntryOf<T> };
  const found = next ? `${next.entry.type} at index ${next.index}` : "nothing";
  throw new Divergence(`Unexpected oplog entry: expected ${type}, got ${found}`);
}

/** Reads what was on record when an instance started, entry by entry, as Golem 1.2.0 does (`durable_host/replay_state.rs`). */
export class Replay {
  /** What it leaves out. */
  readonly skipped: Regions;
  readonly #log: readonly OplogEntry[];
  /** Index of the last entry that was on record. */
  readonly #target: OplogIndex;
  #index: OplogIndex = 0;
  #seenLogs = new Set<string>();

  /** @param log all entries so far; more may be added */
  constructor(log: readonly OplogEntry[]) {
    this.#log = log;
    this.skipped = Regions.of(log);
    this.#target = log.length;
    this.#moveTo(0);
  }

  /** Nothing on record is left to read. */
  get over(): boolean {
    return this.#index >= this.#target;
  }

  /** Index of the entry last read. */
  get index(): OplogIndex {
    return this.#index;
  }

  /** Reads nothing more. */
  giveUp(): void {
    this.#index = this.#target;
  }

  /** @throws Divergence when the next entry is of another type */
  read<T extends OplogEntry["type"]>(type: T): Read<T> {
    return expected(type, this.#next());
  }

  /** The next entry, which must be an invocation if there is one. */
  nextInvocation(): Read<"ExportedFunctionInvoked"> | undefined {
    this.#passLeadingCreate();
    const next = this.#next();
    return next && expected("ExportedFunctionInvoked", next);
  }

  /**
   * Looks ahead, without moving, for the end of what began at `begin`.
   * @param forbids tells of an entry before it that makes the end worthless
   */
  hasEnd(
    type: "EndRemoteWrite" | "EndAtomicRegion",
    begin: OplogIndex,
    forbids: (entry: OplogEntry, begin: OplogIndex) => boolean = () => false,
  ): boolean {
    for (let i = this.#index + 1; i <= this.#target; i++) {
      const region = this.skipped.at(i);
      if (region) {
        i = region.end;
        continue;
      }
      const entry = this.#entry(i);
      if (entry.type === type && entry.beginIndex === begin) return true;
      if (forbids(entry, begin)) return false;
    }
    return false;
  }

  /** Whether a text was among the hints that were passed last. It counts once. */
  hasSeen(level: LogLevel, message: string): boolean {
    return this.#seenLogs.delete(logText(level, message));
  }

  #entry(index: OplogIndex): OplogEntry {
    return this.#log[index - 1] as OplogEntry;
  }

  #moveTo(index: OplogIndex): void {
    this.#index = index;
    const region = index < this.#target ? this.skipped.at(index + 1) : undefined;
    if (region) this.#index = Math.min(region.end, this.#target);
  }

  /** The next entry that is no hint, or undefined when there is none left. Reading it also passes over the hints after it. */
  #next(): Read | undefined {
    while (!this.over) {
      const index = this.#index + 1;
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
    while (!this.over) {
      const entry = this.#entry(this.#index + 1);
      if (!isHint(entry)) break;
      if (entry.type === "Log") this.#seenLogs.add(logText(entry.level, entry.message));
      this.#moveTo(this.#index + 1);
    }
  }

  #passLeadingCreate(): void {
    if (this.#index === 0 && !this.over && this.#entry(1).type === "Create") {
      this.#moveTo(1);
      this.#passHints();
    }
  }
}

/** Something between the begin of a remote write and its end that keeps the record from being replayed as it is. */
export function concurrent(entry: OplogEntry, begin: OplogIndex): boolean {
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
