import type { GolemFault } from "../fault.js";
import type { Invocation, OplogIndex, OplogRegion, TypedValue } from "../oplog/entries.js";

/** What a caller gets. */
export type CallOutcome = { response: TypedValue | null } | { fault: GolemFault };

export interface Queued {
  invocation: Invocation;
  /** Where it is on record as pending, if it came while nothing ran. */
  index?: OplogIndex;
  /** Its callers were told that it is not made. */
  refused?: boolean;
  waiters: ((outcome: CallOutcome) => void)[];
}

const tell = (queued: Queued, outcome: CallOutcome) => {
  for (const waiter of queued.waiters.splice(0)) waiter(outcome);
};

/** The calls of one worker: those that wait for their turn, and the one that is made. One idempotency key is one call. */
export class InvocationQueue {
  readonly #queue: Queued[] = [];
  #current: Queued | undefined;
  readonly #forget: (idempotencyKey: string) => void;

  /** @param forget called when a call is not known any more: the same key is a new call from then on */
  constructor(forget: (idempotencyKey: string) => void) {
    this.#forget = forget;
  }

  /** Those that wait, the next one first. */
  get pending(): readonly Invocation[] {
    return this.#queue.map(({ invocation }) => invocation);
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** A call is being made. */
  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** The call of this key that is made or waits. */
  find(idempotencyKey: string): Queued | undefined {
    return [this.#current, ...this.#queue].find((queued) => queued?.invocation.idempotencyKey === idempotencyKey);
  }

  isCurrent(queued: Queued): boolean {
    return this.#current === queued;
  }

  push(queued: Queued): void {
    this.#queue.push(queued);
  }

  /** The next call, which is made from now on. */
  begin(): Invocation {
    const queued = this.#queue.shift() as Queued;
    this.#current = queued;
    return queued.invocation;
  }

  /** What was made has not come to its end, and may not be on record any more: it is the next. */
  requeueCurrent(): void {
    if (this.#current) this.#queue.unshift(this.#current);
    this.#current = undefined;
  }

  /** Takes out the call that has come to its end; after a start of the engine it may still wait. */
  take(idempotencyKey: string): Queued | undefined {
    const current = this.#current;
    if (current?.invocation.idempotencyKey === idempotencyKey) {
      this.#current = undefined;
      return current;
    }
    return this.#takeWaiting(idempotencyKey);
  }

  /** Takes out a call that waits. @returns it, or undefined when none of this key waits */
  cancel(idempotencyKey: string): Queued | undefined {
    const queued = this.#takeWaiting(idempotencyKey);
    if (queued) this.#forget(idempotencyKey);
    return queued;
  }

  #takeWaiting(idempotencyKey: string): Queued | undefined {
    const at = this.#queue.findIndex(({ invocation }) => invocation.idempotencyKey === idempotencyKey);
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0];
  }

  /** Refuses the callers of all that wait. The calls stay until {@link dropRefused} finds that the record of them is gone. */
  refuse(running: string, fault: GolemFault): void {
    for (const queued of this.#queue) {
      if (queued.invocation.idempotencyKey === running) continue;
      queued.refused ||= queued.waiters.length > 0;
      tell(queued, { fault });
    }
  }

  /** What was refused is not made, when the record of it is gone. */
  dropRefused({ start, end }: OplogRegion): void {
    for (const queued of this.#queue.filter(({ refused }) => refused)) {
      const { index, waiters, invocation } = queued;
      if (index === undefined || index < start || index > end || waiters.length > 0) continue;
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      this.#forget(invocation.idempotencyKey);
    }
  }

  /** Tells the callers of the current call, which may be made again. */
  giveUpCurrent(fault: GolemFault): void {
    if (this.#current) tell(this.#current, { fault });
    this.#current = undefined;
  }

  /** Tells everybody who waits, and makes none of the calls: on Golem one final failure fails every pending invocation. */
  giveUpAll(fault: GolemFault): void {
    this.requeueCurrent();
    for (const queued of this.#queue.splice(0)) {
      this.#forget(queued.invocation.idempotencyKey);
      tell(queued, { fault });
    }
  }

  /** Tells those who wait for these calls, which are not made. One that was interrupted waits in the store alone. */
  drop(idempotencyKeys: ReadonlySet<string>, fault: GolemFault): void {
    for (const key of idempotencyKeys) {
      for (let queued = this.#takeWaiting(key); queued; queued = this.#takeWaiting(key)) tell(queued, { fault });
      this.#forget(key);
    }
  }

  /** Tells everybody who waits. The calls stay, to be made when the worker goes on. */
  interrupt(fault: GolemFault): void {
    this.requeueCurrent();
    for (const queued of this.#queue) tell(queued, { fault });
  }
}
