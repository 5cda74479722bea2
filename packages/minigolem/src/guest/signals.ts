/**
 * What ends a component's execution from the host's side. A host function that throws one ends the instance: jco hands the
 * very same object to whoever called the export.
 */

/** The worker is to stop, or to start again, where it is. */
export class Interrupt extends Error {
  constructor(readonly kind: "interrupt" | "restart" | "jump") {
    super(`worker ${kind}`);
  }
}

/** The component waits for something far away; until then it needs no thread. */
export class Suspend extends Error {
  /** @param until wall-clock time in nanoseconds, or undefined: until something wakes the worker (a promise) */
  constructor(readonly until: bigint | undefined) {
    super("worker suspended");
  }
}

/** `wasi:cli/exit`: the worker is done for good. */
export class Exit extends Error {
  constructor(readonly ok: boolean) {
    super("process exited");
  }
}

/** A host function refuses: a trap that the component cannot catch. */
export class HostTrap extends Error {}

/** The worker uses more than it may. It would do so again: Golem's policy is not asked. */
export class OverLimit extends HostTrap {
  /** @param what such as "has 256 files open, the most that a worker may have" */
  constructor(what: string, remedy: string) {
    super(`this worker ${what}: ${remedy}`);
  }
}

/** A version cannot take over the worker. Golem 1.2's words. */
export class UpdateFailed extends Error {
  readonly text = "Automatic update failed";
  readonly final = false;
}

/** The component does in replay something else than is on record. */
export class Divergence extends HostTrap {}
