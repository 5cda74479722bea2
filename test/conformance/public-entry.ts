import { z } from "zod";
import type { PublicEntry } from "./oplog.ts";

/**
 * An oplog entry as Golem 1.2.0's own client takes it (golem-common 1.2.0, model/public_oplog): golem-cli shows no oplog in
 * which one field of one entry is of another type.
 */
const typed = z.object({ typ: z.looseObject({ type: z.string() }), value: z.unknown() });
const whole = z.number().int();
const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{1,${digits}}$`))
    .refine((id) => /[^0]/.test(id), "an id is not zero");
const span = hex(16);
const context = {
  trace_id: hex(32),
  trace_states: z.array(z.string()),
  invocation_context: z.array(z.array(z.unknown())),
};
const duration = z.string().regex(/^\d+\w+( \d+\w+)*$/);
const region = z.object({ start: whole, end: whole });
const attribute = z.object({ type: z.literal("String"), value: z.string() });
const workerId = z.object({ componentId: z.uuid(), workerName: z.string() });

const fields = {
  Create: {
    worker_id: workerId,
    component_version: whole,
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()),
    account_id: z.string(),
    parent: workerId.nullish(),
    component_size: whole,
    initial_total_linear_memory_size: whole,
    initial_active_plugins: z.array(z.unknown()),
  },
  ImportedFunctionInvoked: {
    function_name: z.string(),
    request: typed,
    response: typed,
    wrapped_function_type: z.union([
      z.object({ type: z.enum(["ReadLocal", "WriteLocal", "ReadRemote", "WriteRemote"]) }),
      z.object({ type: z.literal("WriteRemoteBatched"), index: whole.nullish() }),
    ]),
  },
  ExportedFunctionInvoked: {
    function_name: z.string(),
    request: z.array(typed),
    idempotency_key: z.string(),
    ...context,
  },
  ExportedFunctionCompleted: { response: typed, consumed_fuel: whole },
  Suspend: {},
  Error: { error: z.string() },
  NoOp: {},
  Jump: { jump: region },
  Interrupted: {},
  Exited: {},
  ChangeRetryPolicy: {
    new_policy: z.object({
      max_attempts: whole,
      min_delay: duration,
      max_delay: duration,
      multiplier: z.number().optional(), // the server leaves out what is no number, and golem-cli fails (recording set-get-nan)
      max_jitter_factor: z.number().nullish(),
    }),
  },
  BeginAtomicRegion: {},
  EndAtomicRegion: { begin_index: whole },
  BeginRemoteWrite: {},
  EndRemoteWrite: { begin_index: whole },
  PendingWorkerInvocation: {
    invocation: z.union([
      z.object({
        type: z.literal("ExportedFunction"),
        idempotency_key: z.string(),
        full_function_name: z.string(),
        function_input: z.array(typed).nullish(),
        ...context,
      }),
      z.object({ type: z.literal("ManualUpdate"), target_version: whole }),
    ]),
  },
  PendingUpdate: {
    target_version: whole,
    description: z.looseObject({ type: z.enum(["Automatic", "SnapshotBased"]) }),
  },
  SuccessfulUpdate: { target_version: whole, new_component_size: whole, new_active_plugins: z.array(z.unknown()) },
  FailedUpdate: { target_version: whole, details: z.string().nullish() },
  GrowMemory: { delta: whole },
  CreateResource: { id: whole },
  DropResource: { id: whole },
  DescribeResource: { id: whole, resource_name: z.string(), resource_params: z.array(typed) },
  Log: { level: z.string(), context: z.string(), message: z.string() },
  Restart: {},
  ActivatePlugin: { plugin: z.unknown() },
  DeactivatePlugin: { plugin: z.unknown() },
  Revert: { dropped_region: region },
  CancelInvocation: { idempotency_key: z.string() },
  StartSpan: {
    span_id: span,
    parent_id: span.nullish(),
    linked_context: span.nullish(),
    attributes: z.record(z.string(), attribute),
  },
  FinishSpan: { span_id: span },
  SetSpanAttribute: { span_id: span, key: z.string(), value: attribute },
} satisfies Record<string, z.ZodRawShape>;

const schemas = new Map<string, z.ZodType>(
  Object.entries(fields).map(([type, shape]) => [type, z.object({ timestamp: z.iso.datetime(), ...shape })]),
);

/** What Golem's client would not take in an entry, or undefined. */
export function unreadableByGolem({ oplogIndex, entry }: PublicEntry): string | undefined {
  const schema = schemas.get(entry.type);
  if (!schema) return `entry ${oplogIndex}: there is no type ${entry.type}`;
  const { error } = schema.safeParse(entry);
  return error && `entry ${oplogIndex}, ${entry.type}: ${z.prettifyError(error)}`;
}
