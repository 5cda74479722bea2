import type { LoadedVersion, WorkerUpdate } from "./surroundings.js";

/** The versions that a worker is to be updated to. */
export class Updates {
  readonly #exists: (version: number) => boolean;
  /** The next one first. */
  readonly #targets: number[] = [];
  /** The version that is being tried: its replay has not come to an end yet. */
  trying: LoadedVersion | undefined;

  /** @param exists tells whether the worker's component has this version */
  constructor(exists: (version: number) => boolean) {
    this.#exists = exists;
  }

  get next(): number | undefined {
    return this.#targets[0];
  }

  get wanted(): boolean {
    return this.#targets.length > 0;
  }

  /**
   * Puts a version in the row of those to be tried. One that does not exist stays pending for good, and later updates wait behind it, as
   * on Golem 1.2 (recording `component-update`).
   * @param before updates asked for earlier, and what became of them
   * @returns whether it will be tried
   */
  ask(version: number, before: readonly WorkerUpdate[]): boolean {
    const stuck = pendingIn(before).some((pending) => !this.#exists(pending));
    if (stuck || !this.#exists(version)) return false;
    this.#targets.push(version);
    return true;
  }

  /** After a start of the engine: what was asked for and not tried yet. */
  recover(before: readonly WorkerUpdate[]): void {
    const pending = pendingIn(before);
    const stuck = pending.findIndex((version) => !this.#exists(version));
    this.#targets.push(...(stuck < 0 ? pending : pending.slice(0, stuck)));
  }

  /** The version that was tried, which nobody tries any more. */
  done(): number {
    this.trying = undefined;
    return this.#targets.shift() as number;
  }
}

const pendingIn = (updates: readonly WorkerUpdate[]) =>
  updates.filter(({ type }) => type === "pendingUpdate").map(({ targetVersion }) => targetVersion);
