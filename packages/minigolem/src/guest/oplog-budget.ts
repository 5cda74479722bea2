import { inMiB } from "../limits.js";
import { isHint, type OplogEntry } from "../oplog/entries.js";
import { OverLimit } from "./signals.js";

/** Bytes that are handed to the main thread at a time: what it writes in a few milliseconds. */
const piece = 256 << 10;

/** Measures what an instance records, and refuses what is too much. */
export class OplogBudget {
  readonly #most: number;
  #used: number;
  #unsent = 0;

  /**
   * @param most bytes, of all that is on record
   * @param used bytes that are on record
   */
  constructor(most: number, used: number) {
    this.#most = most;
    this.#used = used;
  }

  /**
   * Is asked before an entry is recorded.
   * @returns whether what was recorded is to be handed over
   * @throws OverLimit when the component records more than it may
   */
  charge(entry: { type: OplogEntry["type"] }): boolean {
    const size = sizeOf(entry);
    const own = entry.type === "Log" || !isHint(entry as OplogEntry);
    if (own && this.#used + size > this.#most)
      throw new OverLimit(
        `has an oplog of ${inMiB(this.#used)}, and ${inMiB(this.#most)} is the most that a worker may have`,
        "let it log and fetch less, or raise the limit (--max-oplog)",
      );
    this.#used += size;
    this.#unsent += size;
    return this.#unsent >= piece;
  }

  /** Bytes that were charged since it was last asked. */
  sent(): number {
    const size = this.#unsent;
    this.#unsent = 0;
    return size;
  }
}

/** Roughly what it takes in the database. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length + 4;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength + 8;
  let size = 8;
  for (const key in value) size += key.length + sizeOf((value as Record<string, unknown>)[key]);
  return size;
}
