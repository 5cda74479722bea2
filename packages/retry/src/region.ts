import {
  getOplogIndex,
  getRetryPolicy,
  markBeginOperation,
  markEndOperation,
  setRetryPolicy,
} from "golem:api/host@1.1.0";
import { giveUp, summary } from "./errors.js";
import { type HostPolicy, putBack } from "./in-force.js";
import { type Progress, type ProgressStore, progressOf } from "./progress.js";
import { fail, trap } from "./trap.js";

/** Something that is executed again as a whole, and has not ended. */
export interface Open {
  readonly kind: "retrying" | "atomically" | "retryingInPlace" | "attempt";
  /** The oplog index at which it began. */
  readonly begin: bigint;
  /** The policy to put back at its end. */
  before?: HostPolicy;
}

/** An open atomic region. */
export interface Region extends Open {
  /** A random number of its own. */
  readonly step: number;
  /** No execution has failed: a Jump would stand after the begin. */
  readonly first: boolean;
  /** Undefined until something is to be known of other executions: the first does not need it. */
  store?: ProgressStore;
  /** What the store holds; undefined before it is read. */
  progress?: Progress;
  /** Milliseconds since 1970: when its present execution began. Only `retrying` has a timeout to count from there. */
  begun?: number;
  /** Calls of `atomically` that are inside. */
  inside: number;
  /** Loops that have begun inside. */
  loops: number;
}

// Golem executes the outermost open region again, so there is one at a time.
let open: Region | undefined;

// A loop's failure drops everything since its mark, so nothing else can be under way.
let loop: Open | undefined;

/** The open region, if any. */
export const openRegion = (): Region | undefined => open;

/** The loop that has not ended, if any. */
export const openLoop = (): Open | undefined => loop;

const why = {
  region:
    "Golem executes the outermost open region again, so a step inside it would count from zero each time. One at a time: await each, " +
    "or do all of it in one body",
  loop:
    "When an execution of it fails, Golem drops everything since that execution began, so nothing else can be under way. One at a time: " +
    "await it first, and catch its error where you would wrap it",
};

/**
 * Throws an error about something that must not begin now. Should it leave the invocation, the worker fails at once: what is open would be
 * executed again, and refuse again, without end. Should it be caught, the policy is put back at the end of what is open.
 */
function refuse(around: Open, kind: Open["kind"]): never {
  around.before ??= getRetryPolicy();
  setRetryPolicy({ maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
  const where = `${around.kind} is open already, since oplog index ${around.begin}: around this one, beside it, or never awaited`;
  throw giveUp(new Error(`${kind}: ${where}. ${around === open ? why.region : why.loop}`));
}

/**
 * Opens a region.
 * @throws if one is open, or a loop that would drop it
 */
export function begin(kind: "retrying" | "atomically"): Region {
  const around = open ?? loop;
  if (around) refuse(around, kind);
  const step = Math.random();
  const at = markBeginOperation();
  const first = kind === "retrying" && getOplogIndex() === at + 1n;
  open = { kind, begin: at, step, first, inside: 0, loops: 0 };
  return open;
}

/** Where other executions of a region have left their progress, and this one leaves its. */
export function storeOf(region: Region): ProgressStore {
  region.store ??= progressOf(region.begin, region.step);
  return region.store;
}

/** Closes the region: what happened in it is on record, and not executed again. */
export function end(region: Region): void {
  if (loop) fail(`${region.kind}: ${loop.kind}, which began inside it, has not ended. Await it in the body.`);
  open = undefined;
  markEndOperation(region.begin);
  if (region.before) putBack(region.before);
  region.store?.remove();
}

/** A place in the oplog to jump back to. */
export interface Mark {
  readonly index: bigint;
  /** Nobody has jumped back to it: a Jump would stand after it. */
  readonly fresh: boolean;
}

/** Sets a mark. It asks twice at once: the JavaScript engine reads the clock now and then, which is on record, too. */
export function mark(): Mark {
  const index = getOplogIndex();
  return { index, fresh: getOplogIndex() === index + 1n };
}

/**
 * Runs what jumps back to marks in the oplog.
 * @param run gets the first mark
 * @throws if another has not ended
 */
export async function asLoop<T>(kind: "retryingInPlace" | "attempt", run: (first: Mark) => Promise<T>): Promise<T> {
  if (loop) refuse(loop, kind);
  const first = mark();
  const own: Open = { kind, begin: first.index };
  loop = own;
  try {
    return await run(first);
  } finally {
    loop = undefined;
    if (own.before) putBack(own.before);
  }
}

/**
 * Runs the body in an atomic region, closed when the body succeeded: when it fails, or the worker does, Golem executes all of it again.
 *
 * Golem 1.2 counts such executions from zero each time: it repeats them without end, every `minDelay` of the policy in force. When that must
 * end, take `retrying`. A failure is no exception to the caller, who could otherwise leave the region open. Inside another region the body
 * becomes part of that.
 */
export async function atomically<T>(body: () => T | Promise<T>): Promise<T> {
  if (open?.kind === "retrying") return body();
  const region = open ?? begin("atomically");
  region.inside++;
  try {
    const result = await body();
    region.inside--;
    if (region.inside === 0) end(region);
    return result;
  } catch (error) {
    region.store?.remove(); // loops inside it begin anew with it
    const { name, message } = summary(error);
    return trap(`atomically: ${name}: ${message}`);
  }
}
