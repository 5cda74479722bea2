import type { Clock } from "../clock.js";
import type { ComponentExports } from "../component/analyse.js";
import type { PrepareMessage } from "../guest/messages.js";
import type { Hazard } from "../hazards.js";
import type { Limits } from "../limits.js";
import type { HostRetryPolicy, Invocation, LogLevel } from "../oplog/entries.js";
import type { Store, WorkerRow } from "../oplog/store.js";
import type { ThreadPool } from "../threads/pool.js";

/** A component's version as a worker runs it. */
export interface LoadedVersion extends PrepareMessage {
  version: number;
  exports: ComponentExports;
  size: number;
  linearMemory: number;
}

/** What workers share. */
export interface WorkerSurroundings {
  store: Store;
  clock: Clock;
  threads: ThreadPool;
  defaultPolicy: HostRetryPolicy;
  /** With the faults of Golem 1.2.0. */
  faults: boolean;
  limits: Limits;
  /** Uniform in [0, 1), for the jitter of the server's own policy. */
  random: () => number;
  version(componentId: string, version: number): Promise<LoadedVersion>;
  exists(componentId: string, version: number): boolean;
  /** It runs a component that has a new instance for each call, and is never recovered. */
  ephemeral(row: WorkerRow): boolean;
  /** Folder for a worker's own files. */
  files(row: WorkerRow): string;
  /** A host function asks the engine. */
  answer(worker: { readonly row: WorkerRow }, what: string, payload: Record<string, unknown>): unknown;
  /** What a worker writes and does, as it happens. */
  publish(worker: { readonly row: WorkerRow }, event: WorkerEvent): void;
}

export type WorkerEvent =
  | { type: "log"; level: LogLevel; context: string; message: string; at: number }
  | { type: "invocation-started" | "invocation-finished"; function: string; idempotencyKey: string; at: number }
  | { type: "hazard"; hazard: Hazard }
  /** `reason`: what the component said, or the trap. `wait` in milliseconds. */
  | { type: "retrying"; reason: string; wait: number }
  | { type: "failed"; reason: string }
  | { type: "interrupted" }
  /** It was deleted. */
  | { type: "closed" };

export interface WorkerUpdate {
  type: "pendingUpdate" | "successfulUpdate" | "failedUpdate";
  /** Milliseconds since 1970. */
  at: number;
  targetVersion: number;
  details?: string | undefined;
}

/** What a caller gives. */
export type Call = Omit<Invocation, "traceId">;
