import type { HazardKind } from "minigolem";
import type { Call, Marks } from "./recording.ts";
import type { Answer, How, Rest } from "./rest.ts";
import type { Upstream } from "./upstream.ts";

export type ComponentName = "probe" | "probe-oplog" | "probe-step" | "probe-settled";

export type UpstreamKind =
  | "text"
  | "flaky"
  | "always"
  | "until"
  | "slow"
  | "slowbad"
  | "slowonce"
  | "hang"
  | "hangonce"
  | "reset"
  | "bytes"
  | "echo";

/** A claim about Golem, and what to do to see it. */
export interface Scenario extends Marks {
  name: string;
  /** One sentence, true of the recorded server. */
  claim: string;
  component?: ComponentName;
  /**
   * Default virtual: nothing in it takes time of its own but what the engine waits for. Held: the clock moves by what the scenario
   * sleeps, until it says `flow`. So what it does during a wait comes during that wait, however slow the machine is.
   */
  time?: "real" | "held";
  /** Nothing else runs meanwhile: how its requests overlap, or how many fit into a time, depends on the machine's load. */
  alone?: true;
  /** False: it has no worker of its own to look at. */
  own?: false;
  /** Its worker is deleted at the end. */
  gone?: true;
  /** Most milliseconds that it takes, 30000 if not given. */
  limit?: number;
  /** What minigolem has to warn of, and all that it may (after a `fault` of the recorded server, more). */
  hazards?: HazardKind[];
  /** Where the recorded server itself differs from run to run, and why. */
  varies?: { fields: Field[]; because: string /** Only there. */; where?: string[] };
  /** The recorded server hung or died: up to there all is compared, minigolem may go on and finish. */
  fault?: Fault;
  /** A fault of the recorded server, that minigolem has only when asked to: what it does otherwise. */
  better?: string;
  run(stage: Stage): Promise<unknown>;
}

export interface Fault {
  /** Label of the first call that it had no right answer to. */
  call: string;
  /** How many of the entries that matter it wrote before. */
  entries: number;
  /** How many requests it sent before. */
  requests: number;
}

/** In what two records of a scenario can differ. */
export type Field =
  | "failure"
  | "timedOut"
  | "calls"
  | "status"
  | "value"
  | "type"
  | "error"
  | "answer"
  | "contentType"
  | "requests"
  | "requestOrder"
  | "headers"
  | "traces"
  | "errors"
  | "entryTypes"
  | "entries"
  | "functions"
  | "errorLines"
  | "jumps"
  | "begins"
  | "environment"
  | "kinds"
  | "responses"
  | "results"
  | "keys"
  | "pending"
  | "updates"
  | "logs"
  | "sleeps"
  | "policies"
  | "messages"
  | "waits"
  | "worker"
  | "retryCount"
  | "lastError"
  | "notes"
  | "hazards";

export interface CallOptions {
  /** Idempotency key: null sends none, undefined a fresh one. */
  key?: string | null;
  label?: string;
  limit?: number;
}

export interface LateUpstream {
  base: string;
  start(): Promise<Upstream>;
}

/** What a scenario can do. All of it is put on record. */
export interface Stage {
  rest: Rest;
  /** Differs in each run; stands for {run} in a record. */
  run: string;
  /** The scenario's name and the run: its worker's name and its key at the upstream. */
  key: string;
  worker: string;
  /** The upstream's origin. */
  base: string;
  wasm: Uint8Array<ArrayBuffer>;
  componentName: string;
  readonly componentId: string;
  tidy<T>(value: T): T;
  sleep(ms: number): Promise<void>;
  /** The full name of an exported function. */
  fn(name: string): string;
  /** Of a request to the upstream, under the scenario's key. */
  path(kind: UpstreamKind, argument: number, suffix?: string): string;
  /** Works with another component from now on. */
  use(componentId: string): void;
  note(name: string, value: unknown): void;
  /** The upstream gives in. */
  release(): void;
  /** How many requests came so far. */
  requests(): number;
  /** Waits for that many, as long as the scenario may take. */
  requested(n: number): Promise<void>;
  /** In held time: waits until the oplog has that many Jumps. The execution before has failed then, and another waits. */
  jumped(n: number): Promise<void>;
  /** Lets the worker fail so often, in time enough for as many waits of its policy. @param ms a bit more than such a wait */
  failures(n: number, ms: number): Promise<void>;
  /** In held time: waits until that many calls are in the worker's queue. */
  queued(n: number): Promise<void>;
  /** Lets held time go by as virtual time does. */
  flow(): void;
  /** Waits until its worker neither runs nor is about to, as long as the scenario may take. */
  atRest(): Promise<void>;
  /** A route of the worker. */
  onWorker(method: string, suffix: string, how?: How): Promise<Answer>;
  invoke(name: string, params?: unknown[], options?: CallOptions): Promise<Answer>;
  invokeAsync(name: string, params?: unknown[], options?: CallOptions): Promise<Answer>;
  create(args?: string[], env?: Record<string, string>, label?: string): Promise<Answer>;
  meta(label?: string): Promise<Answer>;
  /** Asks for the metadata until they pass. What it came to is a note. */
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of a worker's metadata
  until(test: (metadata: any) => boolean, ms: number, label: string): Promise<void>;
  /** A port where nobody listens until it is started. */
  lateUpstream(): Promise<LateUpstream>;
  calls: Call[];
}
