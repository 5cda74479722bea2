import { setOplogIndex } from "golem:api/host@1.1.0";
import { errorMessage } from "./errors.js";
import { type Body, execute, sleep } from "./execution.js";
import { next, progressAfter, type Rules, randomFrom } from "./next.js";
import type { RetryPolicy } from "./policy/index.js";
import { none, type Progress, type ProgressStore, progressOf } from "./progress.js";
import { asLoop, mark, openRegion, type Region, storeOf } from "./region.js";
import { revived } from "./stored-error.js";
import { fail } from "./trap.js";

/** How a loop ended: a failure is thrown or given to the caller by an execution that has asked nothing. */
export type Ended<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** A loop's place in the progress of the region around it: the region is executed again, and finds its loops by their order. */
function inside(region: Region): ProgressStore {
  const number = region.loops++;
  const { key, ...store } = storeOf(region);
  const all = (): Progress => {
    region.progress ??= store.read() ?? none;
    return region.progress;
  };
  const write = (own: Progress) => {
    // The region's timeout counts on: its execution has not failed.
    region.progress = { ...all(), begun: region.begun, inside: { ...all().inside, [number]: own } };
    store.write(region.progress);
  };
  // It stays until the region ends or fails: a crash before that executes the loop again, which must not have a new budget.
  return { key: `${key}/${number}`, read: () => all().inside?.[number], write, remove: () => {} };
}

/**
 * Executes the body until it succeeds, or its policy says no more. Each execution begins with a mark in the oplog. A failure is stored, and
 * Golem jumps back to the mark: what the execution did is dropped, a request without an answer among it. What stands after the
 * mark is read again, and says that this execution has failed. Golem refuses to jump twice to a mark, so each execution has its own.
 * Inside a region the region is executed again.
 */
export function loop<T>(
  kind: "retryingInPlace" | "attempt",
  policy: RetryPolicy,
  body: Body<T>,
  rules: Rules,
): Promise<Ended<T>> {
  const step = Math.random(); // before the first mark, so that it is the same after a jump; and so is the time
  const now = Date.now();
  return asLoop(kind, async (first): Promise<Ended<T>> => {
    const region = openRegion();
    let store: ProgressStore | undefined = region && inside(region);
    let progress: Progress | undefined;

    for (let begin = first; ; begin = mark()) {
      const attempt: number = progress?.attempt ?? 0;
      if (region || !begin.fresh) {
        store ??= progressOf(first.index, step); // this execution has failed, unless a crash was all
        progress = read(store, rules, region) ?? progress;
      }
      if (progress?.failed) return over(progress.failed, rules, region, store);
      if (progress && progress.attempt > attempt) {
        await sleep(progress);
        continue;
      }

      const started = progress?.started ?? now;
      const elapsed = attempt === 0 && begin.fresh ? 0 : Math.max(0, Date.now() - started);
      let value: T;
      try {
        value = await execute(body, { attempt, elapsed, previousError: progress?.previousError }, policy, rules);
      } catch (error) {
        store ??= progressOf(first.index, step);
        const random = randomFrom(`${store.key}/${step}/${attempt}`);
        const failure = { error, attempt, started, now: Date.now(), random };
        const then = next(failure, policy, rules);
        store.write(progressAfter(failure, then));
        if (then.again) console.error(then.story);
        setOplogIndex(begin.index);
        throw new Error(`Golem did not jump back. ${then.story}`);
      }
      if (progress) store?.remove();
      return { ok: true, value };
    }
  });
}

function read(store: ProgressStore, { exhausted }: Rules, region: Region | undefined): Progress | undefined {
  try {
    return store.read();
  } catch (error) {
    if (region || exhausted === "throw") throw error;
    return fail(errorMessage(error));
  }
}

function over(
  { error, story, stack }: NonNullable<Progress["failed"]>,
  { exhausted }: Rules,
  region: Region | undefined,
  store: ProgressStore | undefined,
): Ended<never> {
  if (region) return { ok: false, error: revived(error) }; // the region is not the loop's to fail, and may execute it again
  if (exhausted === "fail") return fail(story, stack);
  store?.remove();
  return { ok: false, error: revived(error) };
}
