/** The kinds of refusal that Golem's REST API tells apart. */
export type FaultKind =
  | "ComponentNotFound"
  | "ComponentAlreadyExists"
  | "InvalidComponent"
  | "WorkerNotFound"
  | "WorkerAlreadyExists"
  | "InvalidRequest"
  | "PreviousInvocationFailed"
  | "PreviousInvocationExited"
  | "FailedToResumeWorker"
  | "Interrupted"
  | "RuntimeError"
  | "Unknown";

/** A request that the engine refuses, or an invocation that failed. `rest/refusal.ts` gives it Golem's status and shape. */
export class GolemFault extends Error {
  constructor(
    readonly kind: FaultKind,
    readonly details: string,
    /** Where the kind names it. */
    readonly worker?: { componentId: string; name: string },
  ) {
    super(`${kind}: ${details}`);
  }
}
