import type { Policy } from "./policy.js";

/** A place in the oplog and on the clock. Here and below, times are milliseconds since the timeline's start. */
export interface Mark {
  /** Index of the oplog entry. */
  index: number;
  at: number;
}

/** An HTTP request of the component. Its `index` names the entry with the answer, or the entry that began it. */
export interface Request extends Mark {
  /** When the headers of the answer came, or the failure. */
  end: number;
  /** Empty while Golem has no answer on record: it records the method and the address with the answer. */
  method: string;
  /** Host, path and query. Golem records no scheme. */
  url: string;
  /** Path and query. */
  path: string;
  /** Undefined when no answer came. */
  status: number | undefined;
  /** Why no answer came, in words. */
  failure: string | undefined;
}

/** The pause before an execution. */
export interface Wait {
  at: number;
  /** What the policy, or the step, asks for: least and most, as jitter is random. */
  planned: { least: number; most: number };
  /** What passed until the next execution gave a sign of life. */
  actual: number;
  /** Golem waits by the policy that it found. A durable step of golem-retry sleeps by its own. */
  by: "golem" | "step";
  /** The component asked for this wait by `retryAfter`, as a service tells it to. No policy decides its length. */
  asked: boolean;
  /** The next execution has not begun. */
  ongoing: boolean;
}

/** An override that was taken back just before the failure that it was meant for, as `finally` does. */
export interface Undone {
  policy: Policy;
  set: Mark;
  restored: Mark;
}

/** The moment at which Golem decides what follows a trap. */
export interface Decision extends Mark {
  /** What Golem found in force. */
  policy: Policy;
  /** The policy is the server's own. */
  own: boolean;
  /** A durable step of golem-retry traps under a policy that it sets for this one moment: then the step has decided. */
  by: "golem" | "step";
  verdict: "retry" | "fail";
  undone: Undone | undefined;
}

/**
 * How an execution ended. Jumped: it failed, and the component went back to a mark of its own (`set-oplog-index`).
 * Crashed: it stopped without a word, and Golem recovered the worker. Running: it has not ended.
 */
export type Outcome = "completed" | "trapped" | "jumped" | "interrupted" | "crashed" | "running";

/** One run of a function, from its first entry or from where Golem took it up again. */
export interface Execution extends Mark {
  /** 1 for the first of its invocation. */
  number: number;
  end: number;
  outcome: Outcome;
  requests: Request[];
  /** What the component said when it failed, in one line. */
  error: string | undefined;
  /** Where in the component's source it failed, `src/main.ts:12:9`; undefined if nobody knows. */
  place: string | undefined;
  /** In force at its end. */
  policy: Policy;
  /** Of a trap. */
  decision: Decision | undefined;
  /** Before the next execution. */
  wait: Wait | undefined;
  /** Executions of one durable step share this number: the step's `region`. */
  step: number | undefined;
  /** It sent nothing. It replayed the record up to the same failure. */
  replayed: boolean;
  /** It begins with the failure that the execution before it stored, which it hands on without asking again. */
  settles: boolean;
}

/** A call of an exported function, with all its executions. */
export interface Invocation extends Mark {
  /** `fetch-order` of `demo:http-caller-exports/api.{fetch-order}`. */
  name: string;
  /** Its idempotency key. */
  key: string;
  end: number;
  outcome: "completed" | "failed" | "interrupted" | "running";
  executions: Execution[];
  /** It had ended, and a recovery went back into it. */
  again: boolean;
  /** The Jump or Revert that took it out of the worker's history. */
  dropped: number | undefined;
}

/** A policy in force for a while. */
export interface Band extends Mark {
  end: number;
  policy: Policy;
  /** The server's own, or one that is the same. */
  own: boolean;
}

/** A durable step of golem-retry that did not succeed at once: it counts and waits by itself. */
export interface Step {
  /** Oplog index at which its region began. For a loop in place: at which its first execution began. */
  region: number;
  /** `region`: Golem executes it again. `loop`: the component jumps back, or goes round, by itself. */
  again: "region" | "loop";
  /** What its policy allows, as it says at each failure; undefined if it said nothing. */
  retries: number | undefined;
  at: number;
  end: number;
  waits: Wait[];
}

/** An atomic region: what a recovery executes again as a whole while the region is open. */
export interface Region extends Mark {
  end: number;
  closed: boolean;
  /** How often Golem went back to its begin. */
  again: number;
}

/** Golem went back in the oplog: what lies between is in the record, and no longer in the history. */
export interface Jump extends Mark {
  start: number;
  end: number;
  /** To an open atomic region, a request without an end, or a mark of the component. */
  to: "region" | "request" | "mark";
  /** Calls that had ended and are executed again, or lost. */
  rewrites: number;
}

/** What happened to the worker, rather than what it did. */
export interface WorkerEvent extends Mark {
  kind: "interrupted" | "recovered" | "suspended" | "updated" | "update-failed" | "reverted" | "restarted" | "exited";
  /** In words. */
  text: string;
  /** For a suspension: when the worker was loaded again. */
  end: number;
}

/** What {@link timelineOf} reads from an oplog. */
export interface Timeline {
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds. */
  length: number;
  invocations: Invocation[];
  /** Which policy was in force when, without a gap. A policy that a durable step sets for its trap is left out. */
  bands: Band[];
  steps: Step[];
  regions: Region[];
  jumps: Jump[];
  events: WorkerEvent[];
  /** All traps, in order. */
  decisions: Decision[];
  /** In force at the end. What a Jump or a Revert dropped does not count. */
  policyAtEnd: Policy;
}
