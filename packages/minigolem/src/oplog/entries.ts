/**
 * The entries of a worker's oplog as they are kept. Names and meaning come from Golem 1.2's public oplog.
 * `public.ts` turns them into the JSON that its REST API shows.
 */

/** 1-based, as Golem counts them. */
export type OplogIndex = number;

/** Both ends belong to it. */
export interface OplogRegion {
  start: OplogIndex;
  end: OplogIndex;
}

/** The WIT record `retry-policy` of golem:api@1.1.0. Delays in nanoseconds. */
export interface HostRetryPolicy {
  /** Retries: executions are one more. */
  maxAttempts: number;
  /** Nanoseconds. Golem 1.2 counts in whole milliseconds. */
  minDelay: bigint;
  /** Nanoseconds. */
  maxDelay: bigint;
  /** Golem 1.2 cuts it to a whole number. */
  multiplier: number;
  /** The most that is added, as a share of the wait: 0.15 is 15 %. */
  maxJitterFactor?: number | undefined;
}

export type FunctionKind = "ReadLocal" | "WriteLocal" | "ReadRemote" | "WriteRemote" | "WriteRemoteBatched";

/** A value as JSON of Golem's REST API, with its type beside it. */
export interface TypedValue {
  typ: unknown;
  value: unknown;
}

/** A call of an exported function. */
export interface Invocation {
  functionName: string;
  request: TypedValue[];
  idempotencyKey: string;
  /** 32 hexadecimal digits. */
  traceId: string;
}

/** A resource that callers name by its constructor's arguments. */
export interface ResourceName {
  resourceName: string;
  /** Text of the arguments. */
  resourceParams: string[];
}

export interface Span {
  spanId: string;
  parentId?: string;
  attributes: Record<string, string>;
}

/** Milliseconds since 1970, with fraction. */
type At = { at: number };

export type OplogEntry = At &
  (
    | {
        type: "Create";
        componentId: string;
        workerName: string;
        componentVersion: number;
        args: string[];
        env: Record<string, string>;
        componentSize: number;
        linearMemory: number;
      }
    | {
        type: "ImportedFunctionInvoked";
        functionName: string;
        kind: FunctionKind;
        /** Of a batched remote write: where it began. */
        beginIndex?: OplogIndex;
        request: unknown;
        response: unknown;
      }
    | ({ type: "ExportedFunctionInvoked" } & Invocation)
    | ({ type: "PendingWorkerInvocation" } & Invocation)
    | { type: "ExportedFunctionCompleted"; response: TypedValue | null }
    | { type: "Suspend" | "NoOp" | "Interrupted" | "Exited" | "BeginAtomicRegion" | "BeginRemoteWrite" | "Restart" }
    | { type: "Error"; error: string }
    | { type: "Jump"; jump: OplogRegion }
    | { type: "ChangeRetryPolicy"; policy: HostRetryPolicy }
    | { type: "EndAtomicRegion" | "EndRemoteWrite"; beginIndex: OplogIndex }
    | { type: "PendingUpdate"; targetVersion: number }
    | { type: "SuccessfulUpdate"; targetVersion: number; componentSize: number }
    | { type: "FailedUpdate"; targetVersion: number; details?: string }
    | { type: "GrowMemory"; delta: number }
    | { type: "CreateResource" | "DropResource"; id: number }
    | ({ type: "DescribeResource"; id: number; request: TypedValue[] } & ResourceName)
    | { type: "Log"; level: LogLevel; context: string; message: string }
    | { type: "Revert"; droppedRegion: OplogRegion }
    | { type: "CancelInvocation"; idempotencyKey: string }
    | ({ type: "StartSpan" } & Span)
    | { type: "FinishSpan"; spanId: string }
  );

/** An entry less its time, which whoever writes it puts on. */
export type NewEntry = OplogEntry extends infer E ? (E extends OplogEntry ? Omit<E, "at"> : never) : never;

/** A standard stream, or one of the levels of wasi:logging. */
export type LogLevel = "Stdout" | "Stderr" | "Trace" | "Debug" | "Info" | "Warn" | "Error" | "Critical";

export type OplogEntryOf<T extends OplogEntry["type"]> = Extract<OplogEntry, { type: T }>;

const hints = new Set<OplogEntry["type"]>([
  "Suspend",
  "Error",
  "Interrupted",
  "Exited",
  "PendingWorkerInvocation",
  "PendingUpdate",
  "SuccessfulUpdate",
  "FailedUpdate",
  "GrowMemory",
  "CreateResource",
  "DropResource",
  "DescribeResource",
  "Log",
  "Restart",
  "Revert",
  "CancelInvocation",
]);

/** A hint tells what happened to the worker, not what the component did: a replay passes over it. */
export const isHint = (entry: OplogEntry): boolean => hints.has(entry.type);
