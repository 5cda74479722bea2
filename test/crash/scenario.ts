import type { Act } from "./upstream.js";

/** A call of an exported function, with parameters as REST takes them. */
export interface Call {
  function: string;
  params: unknown[];
}

/** What callers do, in order. Each is done again after a crash until it has come to its end. */
export type Step =
  | ({ does: "call"; key: string } & Call)
  /** Several callers at a time: all but the first are queued. */
  | { does: "calls"; calls: ({ key: string } & Call)[] }
  /** Asks for an update to another version while the call sleeps. */
  | ({ does: "update"; key: string } & Call)
  /** Interrupts the call while it sleeps, and resumes the worker. */
  | ({ does: "interrupt"; key: string } & Call)
  /** Completes the promise that the call waits for. */
  | ({ does: "complete"; key: string } & Call)
  /** Drops the last call. */
  | { does: "revert" };

export interface Scenario {
  /** `<component>/<what happens>`. */
  name: string;
  /** Folder of the component, from the repository's root, and name of its .wasm in `dist`. */
  component: { folder: string; wasm: string };
  env?: (upstream: string) => Record<string, string>;
  /** What the n-th request of a path comes to, from 1 on, in a run without a crash. */
  answers: (request: { method: string; path: string }, count: number) => Act;
  /** A parameter that is `upstream` stands for the upstream's base, also within a text. */
  steps: Step[];
  /** Calls that show the worker's later state; each is made twice, after an eviction each time. */
  probes: Call[];
  /** Virtual milliseconds after which a request that hangs has been given up. */
  limit?: number;
  /** Found in the answers: that the scenario is the one that it says it is. */
  ends: RegExp;
  /** The component leaves a request without an end, or requests that overlap, which Golem asks for again in each recovery. */
  gap?: true;
}
