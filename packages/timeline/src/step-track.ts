import { clockOf, type Kept, keptIn, storeRead, storeWritten, type Verdict } from "./durable-step.js";
import { duration, type Fields } from "./entries.js";
import type { Execution, Invocation, Region, Step, Wait } from "./model.js";

/** A failed execution whose successor has not given a sign of life. */
export interface Failure {
  at: number;
  execution: Execution;
  /** By golem-retry: the next execution first reads what this one kept, and waits. */
  onPurpose: boolean;
  /** The component went back to this index. */
  mark?: number;
  said: Verdict | undefined;
}

/** Follows durable steps and loops of golem-retry through an oplog: what they keep, how often they failed, what they waited. */
export class StepTrack {
  readonly all: Step[] = [];
  readonly #start: number;
  #kept: Kept | undefined;
  /** When the wall clock was last read: a step does so when it has failed. */
  #clockRead = 0;
  /** The last access to the store: what a step sets after it is for its trap. */
  #stored = { index: 0, at: 0, written: false };

  constructor(start: number) {
    this.#start = start;
  }

  /** What the last execution left for the next one. */
  get kept(): Kept | undefined {
    return this.#kept;
  }

  get storedAt(): number {
    return this.#stored.index;
  }

  /** This execution has kept something. */
  get written(): boolean {
    return this.#stored.written;
  }

  /** When this execution failed, as it says itself. */
  failedAt(now: number): number {
    return this.#stored.written ? this.#stored.at : now;
  }

  begin(): void {
    this.#stored = { index: 0, at: 0, written: false };
    this.#kept = undefined;
  }

  imported(index: number, now: number, entry: Fields): void {
    const name = String(entry.function_name);
    if (name === "wall_clock::now") {
      const told = clockOf(entry);
      this.#clockRead = told === undefined ? now : told - this.#start;
    }
    if (name === storeRead) {
      this.#kept = keptIn(entry) ?? this.#kept;
      this.#stored = { ...this.#stored, index, at: now };
    }
    if (name === storeWritten) this.#stored = { index, at: Math.min(now, this.#clockRead || now), written: true };
  }

  /** A step has trapped on purpose, within its region unless it is a loop. */
  failed(
    execution: Execution,
    region: Region | undefined,
    current: Invocation,
    said: Verdict | undefined,
    now: number,
  ): void {
    const known = region
      ? this.all.find((step) => step.again === "region" && step.region === region.index)
      : this.#loop(current);
    const place = region ?? execution;
    const step: Step = known ?? {
      region: place.index,
      again: region ? "region" : "loop",
      retries: said?.retries,
      at: place.at,
      end: now,
      waits: [],
    };
    if (!known) this.all.push(step);
    step.end = now;
    step.retries ??= said?.retries;
    execution.step = step.region;
  }

  /** The loop in place of this invocation that was last. */
  #loop({ index }: Invocation): Step | undefined {
    return this.all.findLast((step) => step.again === "loop" && step.region >= index);
  }

  closed(begin: number, now: number): void {
    const step = this.all.findLast((one) => one.region === begin);
    if (step) step.end = now;
  }

  /** The wait after a failure is over. @param begun when the oplog has the mark that a loop went back to */
  endWait(failed: Failure, current: Invocation, begun: number | undefined, now: number): void {
    const { at, execution, onPurpose, mark, said } = failed;
    const wait = execution.wait as Wait;
    Object.assign(wait, { actual: Math.max(0, now - at), ongoing: false });
    if (!onPurpose) return;
    const kept = this.#kept;
    if (mark !== undefined) this.#inLoop(failed, current, begun ?? execution.at, now);
    const step = this.all.findLast((one) => one.region === execution.step);
    if (step) step.end = now;
    const last = kept?.failed !== undefined;
    if (last) execution.error ??= kept.failed;
    if (last || (mark !== undefined && !kept && !said)) execution.wait = undefined;
    else if (kept || mark !== undefined) {
      const due = Math.max(0, kept ? kept.due - this.#start - at : duration(said?.next ?? ""));
      execution.wait = { ...wait, planned: { least: due, most: due }, by: "step", asked: said?.asked ?? false };
      step?.waits.push(execution.wait);
    }
  }

  #inLoop({ execution, mark, said }: Failure, current: Invocation, at: number, now: number): void {
    const kept = this.#kept;
    const known = this.#loop(current);
    if (!said && (!kept || kept.failed !== undefined) && !known) return; // one attempt, whose error is handed on
    const number = kept?.attempt ?? said?.number;
    const step: Step =
      number !== 1 && known
        ? known
        : { region: mark as number, again: "loop", retries: said?.retries, at, end: now, waits: [] };
    if (step !== known) this.all.push(step);
    step.retries ??= said?.retries;
    execution.step = step.region;
  }

  /** Of a wait that has not ended: when the step means to go on, as far as it is on record. */
  ongoing({ at, execution, onPurpose, said }: Failure, now: number): void {
    const wait = execution.wait as Wait;
    wait.actual = Math.max(0, now - at);
    const kept = this.#kept;
    if (!onPurpose || kept?.failed !== undefined) return;
    // What a step has read may not be on record before its sleep is over. Until then it is due as it said.
    const due = kept ? kept.due - this.#start - at : duration(said?.next ?? "");
    if (due <= 0) return;
    Object.assign(wait, { planned: { least: due, most: due }, by: "step", asked: said?.asked ?? false });
    const step = this.all.find(({ region }) => region === execution.step);
    if (step) step.end = now;
  }
}
