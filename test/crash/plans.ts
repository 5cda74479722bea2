import type { OplogEntry, OplogIndex } from "../../packages/minigolem/dist/oplog/entries.js";
import { seeded } from "./seeded.js";

/** A moment to crash. */
export interface Point {
  /** The last entry that is on record. */
  at: OplogIndex;
  /** What the engine concludes from it is not on record: the guest thread's buffer was full. */
  bare: boolean;
}

/** Where a run is to crash. */
export interface CrashPlan {
  /** @param last entries on record @returns where it crashes next, if it does */
  next(last: OplogIndex): Point | undefined;
  /** The whole engine starts anew, not only the worker. */
  whole?: boolean;
  /** It also crashes at each of the {@link milestones}. */
  stumbles?: boolean;
  /** Asked of each entry, in order: whether it crashes right after this one, and how, where no point is planned. */
  wants?(entry: OplogEntry): Pick<Point, "bare"> | undefined;
}

/** A crash that happened. */
export interface CrashPoint extends Point {
  /** Its {@link kindOf}. */
  entry: string;
}

/** What distinguishes entries for a recovery: the type, and the function that was called. */
export const kindOf = (entry: OplogEntry): string =>
  entry.type === "ImportedFunctionInvoked" ? `${entry.type} ${entry.functionName}` : entry.type;

/** What the engine writes by itself, mostly while no instance runs. A crash there costs little, and tests much. */
export const milestones = new Set<OplogEntry["type"]>([
  "PendingWorkerInvocation",
  "Error",
  "Suspend",
  "Interrupted",
  "PendingUpdate",
  "SuccessfulUpdate",
  "FailedUpdate",
  "Revert",
]);

/** Crashes exactly there. */
export function exactly(points: readonly Point[]): CrashPlan {
  return { next: (last) => points.find(({ at }) => at > last) };
}

/** Starts of a whole engine in one run: each takes as long as twenty of a worker. */
const few = 4;

/** With a larger one a run has fewer crashes. */
const growth = 1.16;

/** Crashes after an entry, and once more within what the recovery writes or soon after it. */
export function once(first: OplogIndex, seed: string): CrashPlan {
  const random = seeded(`${seed}/${first}`);
  const bare = random() < 0.3;
  let second: number | undefined;
  return {
    next(last) {
      if (last < first) return { at: first, bare };
      if (second !== undefined) return undefined;
      second = last + 1 + Math.floor(random() * 3);
      return { at: second, bare: random() < 0.3 };
    },
  };
}

/**
 * Crashes after an entry, and from then on again and again: often right after the first entry that the recovery writes,
 * otherwise at distances that grow, because what is inside a region is done again each time and comes to no end otherwise.
 */
export function oftener(first: OplogIndex, seed: string, whole: boolean): CrashPlan {
  const random = seeded(`${seed}/${first}`);
  let crashes = 0;
  let planned = { at: first, bare: random() < 0.3 };
  return {
    whole,
    stumbles: !whole,
    next(last) {
      if (last < planned.at) return planned;
      if (whole && crashes === few) return undefined;
      const most = 6 * growth ** crashes++;
      planned = { at: last + 1 + (random() < 0.5 ? 0 : Math.floor(random() * most)), bare: random() < 0.3 };
      return planned;
    },
  };
}

/** Crashes after the first entry of each kind, also of those that only a recovery writes. */
export function eachKind(seed: string): CrashPlan {
  const random = seeded(seed);
  const covered = new Set(["Create"]); // it is on record before any call
  return {
    next: () => undefined,
    wants(entry) {
      const kind = kindOf(entry);
      if (covered.has(kind)) return undefined;
      covered.add(kind);
      return { bare: random() < 0.3 };
    },
  };
}
