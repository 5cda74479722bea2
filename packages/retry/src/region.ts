import { getRetryPolicy, markBeginOperation, markEndOperation, setRetryPolicy } from "golem:api/host@1.1.0";
import { giveUp, summary } from "./errors.js";
import { type HostPolicy, putBack } from "./in-force.js";
import { trap } from "./trap.js";

/** The open atomic region. */
export interface Region {
  readonly begin: bigint;
  readonly kind: "retrying" | "atomically";
  /** Calls that are inside. */
  inside: number;
  /** The policy before something was refused. */
  before?: HostPolicy;
}

// Golem executes the outermost open region again, so there is one at a time.
let open: Region | undefined;

/** The open region, if any. */
export const openRegion = (): Region | undefined => open;

/** Opens a region, which must not be done inside another. */
export function begin(kind: Region["kind"]): Region {
  open = { begin: markBeginOperation(), kind, inside: 0 };
  return open;
}

/** Closes the region: what happened in it is on record, and not executed again. */
export function end(region: Region): void {
  open = undefined;
  markEndOperation(region.begin);
  if (region.before) putBack(region.before);
}

/**
 * Throws an error about a region that must not be opened now. Should it leave the invocation, the worker fails at once: the region that is
 * open would be executed again, and refuse again, without end. Should it be caught, the policy is put back when the region is closed.
 */
export function refuse(region: Region, message: string): never {
  region.before ??= getRetryPolicy();
  setRetryPolicy({ maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
  throw giveUp(new Error(message));
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
    const { name, message } = summary(error);
    return trap(`atomically: ${name}: ${message}`);
  }
}
