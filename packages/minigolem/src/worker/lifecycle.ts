import type { WorkerStatus } from "../oplog/store.js";

/** Where a worker stands. Golem's status tells less: see {@link statusOf}. */
export type State =
  /** Nothing to do, and no instance. */
  | "unloaded"
  /** It waits for a thread, or for the thread to load its component. */
  | "starting"
  /** Guest code runs: a recovery or an invocation. */
  | "running"
  /** Its instance waits for the next invocation. */
  | "idle"
  /** A run has ended and is being judged, or a start waits until a revert or a deletion is over. */
  | "halted"
  /** It waits for a promise or a timer, without an instance. */
  | "suspended"
  | "interrupted"
  /** It waits for its next attempt. */
  | "retrying"
  | "failed"
  | "exited"
  | "deleted";

export const states: readonly State[] = [
  "unloaded",
  "starting",
  "running",
  "idle",
  "halted",
  "suspended",
  "interrupted",
  "retrying",
  "failed",
  "exited",
  "deleted",
];

/** As Golem names it. A deleted worker has none. */
export const statusOf: Record<State, WorkerStatus | undefined> = {
  unloaded: "Idle",
  starting: "Running",
  running: "Running",
  idle: "Idle",
  halted: "Running",
  suspended: "Suspended",
  interrupted: "Interrupted",
  retrying: "Retrying",
  failed: "Failed",
  exited: "Exited",
  deleted: undefined,
};

/** Where a worker stands that a start of the engine finds with this status. */
export const stateOf: Record<WorkerStatus, State> = {
  Running: "halted",
  Idle: "unloaded",
  Suspended: "suspended",
  Interrupted: "interrupted",
  Retrying: "retrying",
  Failed: "failed",
  Exited: "exited",
};

/** There is an instance, or soon will be. */
export const hasInstance = (state: State): boolean => state === "starting" || state === "running" || state === "idle";

/** One answer for all states except the named ones. */
const all = <T>(usual: T, except: Partial<Record<State, T>> = {}) =>
  Object.fromEntries(states.map((state) => [state, except[state] ?? usual])) as Record<State, T>;

type Refusal = "refuse: failed" | "refuse: exited" | "refuse: deleted" | "refuse: active";

/**
 * What is done when something is asked of a worker, by the state it is in. "start" makes an instance from the record. "remember"
 * leaves it to the next change of state. Nothing here changes the state by itself: what happens then does, in {@link moves}.
 */
export const answers = {
  /** A caller wants a function called. */
  call: all<"queue" | "wake" | Refusal>("queue", {
    suspended: "wake",
    retrying: "refuse: failed",
    failed: "refuse: failed",
    exited: "refuse: exited",
    deleted: "refuse: deleted",
  }),
  /** There are calls in the queue, and none is being made. */
  next: all<"start" | "invoke" | "nothing">("nothing", {
    idle: "invoke",
    unloaded: "start",
    halted: "start",
    suspended: "start",
    interrupted: "start",
  }),
  /** Somebody interrupts it by the API. */
  interrupt: all<"signal" | "remember" | "stop" | "hazard" | "nothing">("nothing", {
    running: "signal",
    starting: "remember",
    suspended: "stop",
    retrying: "hazard",
  }),
  /** Somebody simulates a crash by the API. */
  crash: all<"signal" | "start" | "reload" | "hazard" | "nothing">("nothing", {
    running: "signal",
    suspended: "start",
    idle: "reload",
    unloaded: "reload",
    retrying: "hazard",
  }),
  /** Somebody resumes it by the API. */
  resume: all<"start" | "remember" | "nothing" | Refusal>("start", {
    idle: "remember",
    starting: "refuse: active",
    running: "refuse: active",
    halted: "refuse: active",
    retrying: "refuse: failed",
    failed: "refuse: failed",
    exited: "refuse: exited",
    deleted: "nothing",
  }),
  /**
   * A promise of its own was completed: what it waits for may be there. Golem 1.2.0 starts no worker that has failed or exited, and
   * does not cut a retry's delay short (`complete_promise_internal` in grpc/mod.rs; `start_if_needed` in worker/mod.rs).
   */
  promise: all<"start" | "start: untimed" | "remember" | "nothing">("start", {
    starting: "remember",
    running: "remember",
    idle: "remember",
    retrying: "start: untimed",
    failed: "nothing",
    exited: "nothing",
    deleted: "nothing",
  }),
  /** The time has come that it was waiting for. */
  timer: all<"start" | "nothing">("nothing", { suspended: "start", retrying: "start" }),
  /** Somebody wants another version of its component. */
  update: all<"start" | "signal" | "remember" | "nothing">("start", {
    running: "signal",
    starting: "remember",
    exited: "nothing",
    deleted: "nothing",
  }),
  /** An update on record was not tried yet. */
  updateDue: all<"start" | "nothing">("start", { starting: "nothing", running: "nothing", deleted: "nothing" }),
  /** The engine has started and found it in its store. */
  found: all<"next" | "start" | "wait" | "nothing">("nothing", {
    unloaded: "next",
    halted: "start",
    suspended: "wait",
    retrying: "wait",
  }),
} satisfies Record<string, Record<State, string>>;

/** What can be asked of a worker. */
export type Ask = keyof typeof answers;

/** The same next state from all of these, and only from these. */
const from = (to: State, ...possible: State[]) =>
  Object.fromEntries(states.map((state) => [state, possible.includes(state) ? to : undefined])) as Record<
    State,
    State | undefined
  >;

const withoutInstance = states.filter((state) => !hasInstance(state) && state !== "deleted");

/** The state that follows when something has happened; undefined where it cannot happen. */
export const moves = {
  /** A start waits until a revert or a deletion is over. */
  held: from("halted", "idle", ...withoutInstance),
  /** A thread was asked for. */
  loading: from("starting", ...withoutInstance),
  /** The thread recovers the instance from the record. */
  recovering: from("running", "starting", "halted", "retrying"),
  /** The instance was given the next invocation. */
  invoked: from("running", "idle"),
  /** What ran, or was about to, is over: it has come to an end, or the thread is gone. */
  over: all<State>("halted", {
    unloaded: "unloaded",
    suspended: "suspended",
    interrupted: "interrupted",
    failed: "failed",
    exited: "exited",
    deleted: "deleted",
  }),
  /** It has come to the end of its record or of an invocation. */
  ready: from("idle", "halted"),
  suspended: from("suspended", "halted"),
  interrupted: from("interrupted", "halted", "suspended"),
  /** It has failed, and will be tried again. */
  retrying: from("retrying", "halted"),
  /** It has failed for good. */
  failed: from("failed", "halted"),
  exited: from("exited", "halted"),
  /** Its thread was taken for another worker, or it is to recover. */
  unloaded: from("unloaded", "idle"),
  reverted: from("unloaded", ...withoutInstance),
  /** Its record cannot be read or written. */
  broken: all<State>("interrupted", { deleted: "deleted" }),
  deleted: from("deleted", "deleted", ...withoutInstance),
} satisfies Record<string, Record<State, State | undefined>>;

/** What can happen to a worker. */
export type Happening = keyof typeof moves;
