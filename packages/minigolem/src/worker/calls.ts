import { GolemFault } from "../fault.js";
import type { Invocation, OplogIndex, TypedValue } from "../oplog/entries.js";
import type { Ending } from "./ending.js";
import type { Execution } from "./execution.js";
import { hasInstance } from "./lifecycle.js";
import type { WorkerParts } from "./parts.js";
import type { Queued } from "./queue.js";
import type { Call } from "./surroundings.js";
import { newTraceId } from "./trace.js";

/** Takes the calls of one worker. One idempotency key is one call, with one result. */
export class Calls {
  readonly #parts: WorkerParts;
  readonly #execution: Execution;
  readonly #ending: Ending;

  constructor(parts: WorkerParts, execution: Execution, ending: Ending) {
    this.#parts = parts;
    this.#execution = execution;
    this.#ending = ending;
  }

  /**
   * Queues a call. What was called with this key before is not called again: its result is given.
   * @throws GolemFault while the worker is failed, retrying or exited
   */
  enqueue(call: Call): Promise<{ response: TypedValue | null }> {
    const { row, around, state, record, queue } = this.#parts;
    if (state.deleting) throw new GolemFault("WorkerNotFound", "the worker was deleted");
    const known = around.store.invocations.get(row.key, call.idempotencyKey);
    if (known?.state === "done") return Promise.resolve({ response: record.response(known.index as OplogIndex) });
    this.refuseIfFailed();
    const invocation = { ...call, traceId: newTraceId() };
    const same = queue.find(call.idempotencyKey);
    const queued: Queued = same ?? { invocation, waiters: [] };
    const result = new Promise<{ response: TypedValue | null }>((resolve, reject) =>
      queued.waiters.push((outcome) => ("fault" in outcome ? reject(outcome.fault) : resolve(outcome))),
    );
    result.catch(() => {}); // an invocation that nobody waits for may fail too
    // Golem 1.2 runs a function again that is called with the key of the one that runs, and gives both the first result.
    if (same && !queue.isCurrent(same)) return result;
    this.#execution.instance.overtake(() => this.#keepPending(queued, invocation));
    queue.push(same ? { invocation, waiters: [] } : queued);
    if (state.asked("call") === "wake") {
      this.#ending.resumedByCall = true;
      this.#execution.alarm.clear();
      this.#execution.start();
    } else this.#execution.next();
    return result;
  }

  #keepPending(queued: Queued, invocation: Invocation): void {
    const { row, around, state, record } = this.#parts;
    around.store.transaction(() => {
      around.store.invocations.queue(row.key, invocation);
      if (this.#beginsAtOnce) return;
      record.append({ type: "PendingWorkerInvocation", ...invocation });
      if (!hasInstance(state.now)) queued.index = record.last;
    });
  }

  /**
   * On Golem 1.2 a call of an idle worker that is in memory is never pending: its first entry is that it was invoked (recording
   * `counter`). Whether this engine has lent the worker's thread to another one makes no difference.
   */
  get #beginsAtOnce(): boolean {
    const { row, queue, turns, updates } = this.#parts;
    const waits = queue.isBusy || !queue.isEmpty || turns.busy || updates.wanted;
    return this.#ending.isInMemory && row.status === "Idle" && !waits;
  }

  /** @throws GolemFault when nothing can be called */
  refuseIfFailed(): void {
    const { state, record } = this.#parts;
    const answer = state.asked("call");
    if (answer === "refuse: exited") throw new GolemFault("PreviousInvocationExited", "Worker already exited");
    if (answer === "refuse: failed")
      throw new GolemFault("PreviousInvocationFailed", record.lastError()?.error ?? "the previous invocation failed");
  }

  /** Takes a call out of the queue. @returns whether it was there */
  cancel(idempotencyKey: string): boolean {
    const { around, record, queue } = this.#parts;
    const queued = around.store.transaction(() => {
      const found = queue.cancel(idempotencyKey);
      if (found) record.append({ type: "CancelInvocation", idempotencyKey });
      return found;
    });
    for (const waiter of queued?.waiters ?? [])
      waiter({ fault: new GolemFault("InvalidRequest", "Invocation canceled") });
    return queued !== undefined;
  }
}
