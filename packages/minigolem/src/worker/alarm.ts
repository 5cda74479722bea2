import type { Clock } from "../clock.js";

/** The one time at which something goes on by itself. */
export class Alarm {
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  /** @param at nanoseconds since 1970 */
  set(at: bigint, ring: () => void): void {
    this.clear();
    this.#cancel = this.#clock.at(at, () => {
      this.#cancel = undefined;
      ring();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
