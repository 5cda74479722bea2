import { setTimeout as pause } from "node:timers/promises";
import { Regions } from "../../packages/minigolem/dist/oplog/regions.js";
import { Crash } from "./crashed.js";
import type { Run } from "./run.js";

/** Does something that a crash may cut off, until what it leaves on record is there. */
async function persist(run: Run, act: () => unknown, done: () => boolean): Promise<void> {
  while (!run.over && !done()) {
    await run.revived;
    const { life } = run;
    try {
      await act();
      while (!life.dead && !run.over && !done()) await pause(1);
    } catch (error) {
      if (!(error instanceof Crash || life.dead)) throw error;
    }
    if (life.dead) await run.after(life);
  }
}

/** Asks for an update to a version, once, and waits for what comes of it. */
export function update(run: Run, version: number): Promise<void> {
  const settled = () =>
    run.metadata().updates.some(({ type, targetVersion }) => type !== "pendingUpdate" && targetVersion === version);
  return persist(
    run,
    () => {
      if (run.metadata().updates.length === 0) return run.workers.update(run.component, run.name, version);
    },
    settled,
  );
}

/** Drops its last call. */
export function revert(run: Run): Promise<void> {
  const reverts = () => run.log().filter(({ type }) => type === "Revert").length;
  const before = reverts();
  return persist(
    run,
    () => run.workers.revert(run.component, run.name, { numberOfInvocations: 1 }),
    () => reverts() > before,
  );
}

/** Completes the promise that it waits for. */
export function complete(run: Run, data: number[]): Promise<void> {
  let completed = false;
  const act = () => {
    const log = run.log();
    const skipped = Regions.of(log);
    const index = log.findLastIndex(({ type }, i) => type === "NoOp" && !skipped.has(i + 1)) + 1; // its number
    run.workers.complete(run.component, run.name, index, Uint8Array.from(data));
    completed = true;
  };
  return persist(run, act, () => completed);
}

/** Interrupts it and resumes it. */
export async function interrupt(run: Run): Promise<void> {
  const status = () => run.metadata().status;
  const stopped = () => status() !== "Suspended" && status() !== "Running";
  await persist(run, () => run.workers.interrupt(run.component, run.name, "interrupt"), stopped);
  await persist(
    run,
    () => run.workers.resume(run.component, run.name),
    () => status() !== "Interrupted",
  );
}
