/** The JSON of Golem 1.2's REST API, as far as this client meets it. Names are Golem's, also where they mix styles. */

/** A WIT type. */
export type WitType =
  | { type: "Bool" | "S8" | "U8" | "S16" | "U16" | "S32" | "U32" | "S64" | "U64" | "F32" | "F64" | "Chr" | "Str" }
  | { type: "List" | "Option"; inner: WitType }
  | { type: "Tuple"; items: WitType[] }
  | { type: "Record"; fields: { name: string; typ: WitType }[] }
  | { type: "Variant"; cases: { name: string; typ: WitType | null }[] }
  | { type: "Enum"; cases: string[] }
  | { type: "Flags"; names: string[] }
  | { type: "Result"; ok: WitType | null; err: WitType | null }
  | { type: "Handle"; resource_id: number; mode: "Owned" | "Borrowed" };

/**
 * A value of a WIT type, as Golem's REST API has it in JSON. A number is a bigint where a double cannot hold it. A character is its
 * code point. An option's none is `null`. A record has its WIT names. A variant is `{ "case": value }`, and a result is `{ ok }` or
 * `{ err }`.
 */
export type WitValue = unknown;

/** A value, and the type by which it is to be read. */
export interface TypedValue {
  typ: WitType;
  value: WitValue;
}

/** An exported function. */
export interface ExportedFunction {
  /** In WIT: `fetch-order`. */
  name: string;
  parameters: { name: string; typ: WitType }[];
  results: { name: string | null; typ: WitType }[];
}

/** What a component exports: an interface with its functions, or a function by itself. */
export type ComponentExport =
  | { type: "Instance"; name: string; functions: ExportedFunction[] }
  | ({ type: "Function" } & ExportedFunction);

/** One version of a component. */
export interface Component {
  componentName: string;
  componentType: "Durable" | "Ephemeral";
  /** Bytes. */
  componentSize: number;
  /** RFC 3339. */
  createdAt: string;
  /** The id is a UUID that all versions have; they are counted from 0. */
  versionedComponentId: { componentId: string; version: number };
  metadata: {
    exports: ComponentExport[];
    memories: { initial: number; maximum: number | null }[];
    producers: unknown[];
  };
}

/**
 * What a worker is doing. Retrying: it waits for a retry and refuses calls. Suspended: it sleeps, or waits for a promise, and takes
 * no memory. Failed: the policy allowed no further retry. Exited: it ended itself, for good.
 */
export type WorkerStatus = "Running" | "Idle" | "Suspended" | "Interrupted" | "Retrying" | "Failed" | "Exited";

/** What Golem knows of a worker. Right after an answer it can lag behind by some milliseconds. */
export interface WorkerMetadata {
  workerId: { componentId: string; workerName: string };
  args: string[];
  env: Record<string, string>;
  status: WorkerStatus;
  componentVersion: number;
  /** Bytes. */
  componentSize: number;
  /** Bytes. */
  totalLinearMemorySize: number;
  /** Failures in a row at the oplog's end: 0 again once something else is on record. */
  retryCount: number;
  /** Calls in the queue. */
  pendingInvocationCount: number;
  /** RFC 3339. */
  createdAt: string;
  /** The backtrace, and what the component wrote to stderr. */
  lastError: string | null;
  updates: { type: "pendingUpdate" | "successfulUpdate" | "failedUpdate"; timestamp: string; targetVersion: number }[];
  /** Resource handles that it has given out, by number. */
  ownedResources: Record<string, { createdAt: string; indexed?: unknown }>;
  /** Of minigolem alone: what works there and hurts on a Golem server. */
  hazards?: { kind: string; message: string; remedy: string; claim: string }[];
}

/** A retry policy on record. Durations are texts such as `1m 30s`. */
export interface PublicRetryPolicy {
  /** Retries: executions are one more. */
  max_attempts: number;
  min_delay: string;
  max_delay: string;
  /** Left out of the JSON if it is infinite or not a number (recording `set-get-nan`). */
  multiplier?: number;
  /** `null` of every policy that a component has set, as Golem 1.2 drops it. */
  max_jitter_factor: number | null;
}

/** Oplog entries from one index to another; both belong to it. */
export interface OplogRegion {
  start: number;
  end: number;
}

/** What a call of the host does, and so what a recovery does with it. */
export type FunctionType =
  | { type: "ReadLocal" | "WriteLocal" | "ReadRemote" | "WriteRemote" }
  | { type: "WriteRemoteBatched"; index: number | null };

/** An entry of a worker's oplog. */
export type OplogEntry = {
  /** RFC 3339. */
  timestamp: string;
} & (
  | {
      type: "Create";
      worker_id: { componentId: string; workerName: string };
      component_version: number;
      args: string[];
      env: Record<string, string>;
    }
  | {
      type: "ImportedFunctionInvoked";
      function_name: string;
      request: TypedValue;
      response: TypedValue;
      wrapped_function_type: FunctionType;
    }
  | {
      type: "ExportedFunctionInvoked";
      function_name: string;
      request: TypedValue[];
      idempotency_key: string;
      trace_id: string;
      trace_states: string[];
    }
  | { type: "ExportedFunctionCompleted"; response: TypedValue; consumed_fuel: number }
  | { type: "Suspend" | "NoOp" | "Interrupted" | "Exited" | "BeginAtomicRegion" | "BeginRemoteWrite" | "Restart" }
  | { type: "Error"; error: string }
  | { type: "Jump"; jump: OplogRegion }
  | { type: "Revert"; dropped_region: OplogRegion }
  | { type: "ChangeRetryPolicy"; new_policy: PublicRetryPolicy }
  | { type: "EndAtomicRegion" | "EndRemoteWrite"; begin_index: number }
  | {
      type: "PendingWorkerInvocation";
      invocation:
        | {
            type: "ExportedFunction";
            idempotency_key: string;
            full_function_name: string;
            function_input?: TypedValue[];
            trace_id: string;
            trace_states: string[];
          }
        | { type: "ManualUpdate"; target_version: number };
    }
  | { type: "PendingUpdate"; target_version: number }
  | { type: "SuccessfulUpdate"; target_version: number; new_component_size: number }
  | { type: "FailedUpdate"; target_version: number; details?: string | null }
  | { type: "GrowMemory"; delta: number }
  | { type: "CreateResource" | "DropResource" | "DescribeResource"; id: number }
  | { type: "Log"; level: string; context: string; message: string }
  | { type: "CancelInvocation"; idempotency_key: string }
  | { type: "StartSpan"; span_id: string; parent_id?: string | null; attributes: Record<string, unknown> }
  | { type: "FinishSpan"; span_id: string }
  | { type: "SetSpanAttribute"; span_id: string; key: string; value: unknown }
  | { type: "ActivatePlugin" | "DeactivatePlugin"; plugin: unknown }
);

/** An entry with its place: the first has 1. */
export interface IndexedEntry {
  /** Counted from 1. */
  oplogIndex: number;
  entry: OplogEntry;
}
