import { readFileSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";

/** Milliseconds between two looks at a thread that computes. */
const interval = 50;

/** Milliseconds of processor time, without a wait between, from which a guest computes for long. */
const long = 100;

/** How much less a thread weighs than others when it is behind them: a thirtieth. */
const behind = 15;

/** Linux counts a thread's processor time in hundredths of a second. */
const tick = 10;

/**
 * Watches one guest thread, and sees when it computes for long. Such a thread can be put behind the others. Both need Linux, where
 * threads have numbers and priorities of their own: elsewhere nothing is seen, and nothing happens.
 */
export class Computing {
  /** It has computed for long, and still does. */
  isLong = false;
  /** It was put behind the others, and Linux did not let it come back: that takes privileges. */
  isBehind = false;
  /** Its component computed without an end before: this one need not be watched first. */
  isKnown = false;
  /** The thread's number. 0: it has not said it, or has none. */
  readonly #id: () => number;
  readonly #noticed: () => void;
  readonly #timer: NodeJS.Timeout;
  #computes = false;
  /** Processor time when it was first looked at. */
  #before: number | undefined;

  constructor(id: () => number, noticed: () => void) {
    this.#id = id;
    this.#noticed = noticed;
    this.#timer = setTimeout(() => this.#look(), interval).unref();
  }

  /** The guest computes from now on. */
  begins(): void {
    if (this.#computes) return;
    this.#computes = true;
    this.#before = undefined;
    if (this.isKnown) this.#isSeen();
    else this.#timer.refresh();
  }

  /** The guest waits, or has come to its end. */
  ends(): void {
    this.#computes = false;
    if (!this.isLong) return;
    this.isLong = false;
    if (this.isBehind) this.isBehind = !place(this.#id(), 0);
  }

  /** Lets the others of the process go first. */
  goBehind(): void {
    this.isBehind ||= place(this.#id(), behind);
  }

  close(): void {
    this.#computes = false;
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (!this.#computes) return;
    const used = processorTime(this.#id());
    this.#before ??= used;
    if (used - this.#before < long) {
      this.#timer.refresh();
      return;
    }
    this.#isSeen();
  }

  #isSeen(): void {
    this.isLong = true;
    this.#noticed();
  }
}

/** Milliseconds that a thread of this process has computed. 0: nobody knows */
function processorTime(id: number): number {
  if (id === 0) return 0;
  try {
    const [user, system] = readFileSync(`/proc/self/task/${id}/stat`, "utf8")
      .replace(/.*\) /s, "")
      .split(" ")
      .slice(11);
    return (Number(user) + Number(system)) * tick;
  } catch {
    return 0; // it has ended
  }
}

/** @param by how much behind the process's other threads. @returns whether it worked */
function place(id: number, by: number): boolean {
  if (id === 0) return false;
  try {
    setPriority(id, Math.min(getPriority() + by, constants.priority.PRIORITY_LOW));
    return true;
  } catch {
    return false; // it has ended, or Linux refuses
  }
}
