import { functionNames } from "../component/function-name.js";
import { GolemFault } from "../fault.js";
import { type Uuid, uuidText } from "../uuid.js";
import type { FunctionKind, HostRetryPolicy, OplogEntry, OplogEntryOf, TypedValue } from "./entries.js";
import type { HttpErrorCode, HttpResponseRecord, StreamReadRecord, TrailersRecord } from "./payloads.js";
import { err, ok, type Typed, typed, variant } from "./untyped.js";

/** An oplog entry in the JSON of Golem 1.2's REST API. */
export type PublicOplogEntry = { type: string; timestamp: string } & Record<string, unknown>;

/** The one account of a local Golem. */
const account = "-1";

/** Source: the answers of a Golem 1.2.0 server, and `golem-common/src/model/public_oplog/mod.rs` of that version. */
export function publicEntry(entry: OplogEntry): PublicOplogEntry {
  return { type: entry.type, timestamp: rfc3339(entry.at), ...fields(entry) };
}

/** @throws GolemFault for a function's name that does not parse, which is on record only where a fault of Golem's is wanted */
function readable(functionName: string): void {
  try {
    functionNames(functionName);
  } catch (error) {
    throw new GolemFault("Unknown", (error as Error).message);
  }
}

/** RFC 3339 with milliseconds. @param at milliseconds since 1970 */
export const rfc3339 = (at: number): string => new Date(at).toISOString();

const created = (entry: OplogEntryOf<"Create">) => ({
  worker_id: { componentId: entry.componentId, workerName: entry.workerName },
  component_version: entry.componentVersion,
  args: entry.args,
  env: entry.env,
  account_id: account,
  parent: null,
  component_size: entry.componentSize,
  initial_total_linear_memory_size: entry.linearMemory,
  initial_active_plugins: [],
});

const invocation = (entry: OplogEntryOf<"ExportedFunctionInvoked">) => ({
  function_name: entry.functionName,
  request: entry.request,
  idempotency_key: entry.idempotencyKey,
  trace_id: entry.traceId,
  trace_states: [],
  invocation_context: [],
});

const pendingInvocation = (entry: OplogEntryOf<"PendingWorkerInvocation">) => ({
  invocation: {
    type: "ExportedFunction",
    idempotency_key: entry.idempotencyKey,
    full_function_name: entry.functionName,
    function_input: entry.request,
    trace_id: entry.traceId,
    trace_states: [],
    invocation_context: [],
  },
});

const span = (entry: OplogEntryOf<"StartSpan">) => ({
  span_id: entry.spanId,
  parent_id: entry.parentId ?? null,
  linked_context: null,
  attributes: Object.fromEntries(
    Object.entries(entry.attributes).map(([key, value]) => [key, { type: "String", value }]),
  ),
});

function fields(entry: OplogEntry): Record<string, unknown> {
  switch (entry.type) {
    case "Create":
      return created(entry);
    case "ImportedFunctionInvoked":
      return {
        function_name: entry.functionName,
        request: hostRequest(entry),
        response: hostResponse(entry),
        wrapped_function_type: functionKind(entry.kind, entry.beginIndex),
      };
    case "ExportedFunctionInvoked":
      return invocation(entry);
    case "ExportedFunctionCompleted":
      return { response: resultTuple(entry.response), consumed_fuel: 0 };
    case "Error":
      return { error: entry.error };
    case "Jump":
      return { jump: entry.jump };
    case "Revert":
      return { dropped_region: entry.droppedRegion };
    case "ChangeRetryPolicy":
      return { new_policy: publicPolicy(entry.policy) };
    case "EndAtomicRegion":
    case "EndRemoteWrite":
      return { begin_index: entry.beginIndex };
    case "PendingWorkerInvocation":
      readable(entry.functionName);
      return pendingInvocation(entry);
    case "PendingUpdate":
      return { target_version: entry.targetVersion, description: { type: "Automatic" } };
    case "SuccessfulUpdate":
      return {
        target_version: entry.targetVersion,
        new_component_size: entry.componentSize,
        new_active_plugins: [],
      };
    case "FailedUpdate":
      return { target_version: entry.targetVersion, details: entry.details ?? null };
    case "GrowMemory":
      return { delta: entry.delta };
    case "CreateResource":
    case "DropResource":
      return { id: entry.id };
    case "DescribeResource":
      return { id: entry.id, resource_name: entry.resourceName, resource_params: entry.request };
    case "Log":
      return { level: entry.level, context: entry.context, message: entry.message };
    case "CancelInvocation":
      return { idempotency_key: entry.idempotencyKey };
    case "StartSpan":
      return span(entry);
    case "FinishSpan":
      return { span_id: entry.spanId };
    default:
      return {};
  }
}

/** The results of a function, of which there is one or none, as Golem shows them. */
export function resultTuple(result: TypedValue | null): TypedValue {
  return result
    ? { typ: { type: "Tuple", items: [result.typ] }, value: [result.value] }
    : { typ: { type: "Tuple", items: [] }, value: [] };
}

const functionKind = (type: FunctionKind, index: number | undefined) =>
  type === "WriteRemoteBatched" ? { type, index: index ?? null } : { type };

function publicPolicy({ maxAttempts, minDelay, maxDelay, multiplier, maxJitterFactor }: HostRetryPolicy) {
  return {
    max_attempts: maxAttempts,
    min_delay: durationText(minDelay),
    max_delay: durationText(maxDelay),
    // JSON has no word for NaN and the infinities; Golem leaves the field out.
    ...(Number.isFinite(multiplier) ? { multiplier } : {}),
    max_jitter_factor: maxJitterFactor ?? null,
  };
}

const day = 86_400_000n;
const units: [name: string, milliseconds: bigint, plural: boolean][] = [
  ["year", 31_557_600_000n, true],
  ["month", 2_630_016_000n, true],
  ["day", day, true],
  ["h", 3_600_000n, false],
  ["m", 60_000n, false],
  ["s", 1_000n, false],
  ["ms", 1n, false],
];

/** As Golem writes a duration, less what is under a millisecond: `1m 30s`, `0s`. @param nanoseconds 0 or more */
export function durationText(nanoseconds: bigint): string {
  let left = nanoseconds / 1_000_000n;
  const parts: string[] = [];
  for (const [name, size, plural] of units) {
    const count = left / size;
    left %= size;
    if (count > 0n) parts.push(`${count}${name}${plural && count > 1n ? "s" : ""}`);
  }
  return parts.join(" ") || "0s";
}

type HostCall = OplogEntryOf<"ImportedFunctionInvoked">;

const clockName = "monotonic_clock::now";

/** The clock's says how often it was read: that is this engine's own, Golem's has no request. */
const hostRequest = ({ functionName, request }: HostCall): Typed => typed(functionName === clockName ? null : request);

function hostResponse({ functionName, response }: HostCall): Typed {
  if (functionName === "http::types::future_incoming_response::get")
    return httpResponse(response as HttpResponseRecord);
  if (functionName.startsWith("http::types::incoming_body_stream::")) return streamRead(response as StreamReadRecord);
  if (functionName === "golem http::types::future_trailers::get") return trailers(response as TrailersRecord);
  if (functionName === "golem api::generate_idempotency_key") return ok(typed(uuidText(response as Uuid)));
  return ok(typed(response));
}

function httpResponse(record: HttpResponseRecord): Typed {
  switch (record.type) {
    case "headers": {
      const headers: Record<string, string[]> = {};
      for (const [name, value] of record.headers) {
        headers[name] ??= [];
        headers[name].push(value);
      }
      return variant("HeadersReceived", typed({ status: record.status, headers }));
    }
    case "error":
      return variant("HttpError", errorCode(record.code));
    case "taken":
      return variant("InternalError", typed("the response was taken before"));
    case "pending":
      return variant("Pending");
  }
}

function streamRead(record: StreamReadRecord): Typed {
  if ("ok" in record) return ok(typed(record.ok));
  return err("closed" in record ? variant("Closed") : variant("LastOperationFailed", errorCode(record.failed)));
}

function trailers(record: TrailersRecord): Typed {
  if ("ok" in record) return ok(typed(record.ok));
  return "pending" in record ? typed(null) : err(errorCode(record.failed));
}

/** `DNS-error` is `DnsError` here. */
function errorCode({ tag, val }: HttpErrorCode): Typed {
  const name = tag.replace(/(?:^|-)(\w)(\w*)/g, (_, first, rest) => first.toUpperCase() + rest.toLowerCase());
  return variant(name, val === undefined || val === null ? undefined : typed(val));
}
