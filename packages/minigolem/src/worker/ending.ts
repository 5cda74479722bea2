import { GolemFault } from "../fault.js";
import type { Completed, Outcome } from "../guest/messages.js";
import { Damage } from "../oplog/damage.js";
import type { OplogIndex } from "../oplog/entries.js";
import { policyInForce } from "../oplog/policy.js";
import { Regions } from "../oplog/regions.js";
import { trailingErrors } from "../oplog/trailing-errors.js";
import type { Endings, Execution } from "./execution.js";
import { reasonOf, withStderr } from "./last-error.js";
import type { WorkerParts } from "./parts.js";
import { type Failure, retryDecision } from "./retry-decision.js";

type Ended<K extends Outcome["kind"]> = Extract<Outcome, { kind: K }>;

/** Milliseconds from which a worker that waits for its retry gives its thread back: others may need it meanwhile. */
const longWait = 10_000;

/** What becomes of one worker when a run of it has ended. */
export class Ending implements Endings {
  /** It was suspended, and a call had it recovered. */
  resumedByCall = false;
  /** By the process's clock, in milliseconds: when somebody was last given a result. */
  answered: number | undefined;
  /** It has come to the end of a call, and nobody has stopped it since (recordings `interrupt-idle`, `memory-after-restart`). */
  isInMemory = false;
  readonly #parts: WorkerParts;
  readonly #execution: Execution;
  /** Callers who get their result when it is on record, and not before. */
  readonly #untold: ((instead?: GolemFault) => void)[] = [];

  constructor(parts: WorkerParts, execution: Execution) {
    this.#parts = parts;
    this.#execution = execution;
  }

  /** Somebody stops the worker: what was said of its last answer counts no more. */
  forgetAnswer(): void {
    this.answered = undefined;
    this.isInMemory = false;
  }

  tell(instead?: GolemFault): void {
    for (const tell of this.#untold.splice(0)) tell(instead);
  }

  ended(outcome: Outcome): void {
    const { state, updates, record } = this.#parts;
    // Only when what was waited for is there the interrupt is on record.
    const overtaken = this.#execution.instance.settle(outcome.kind === "ready", () => {
      if (!state.deleting) this.#execution.guarded(() => record.append({ type: "Interrupted" }));
    });
    const { resumedByCall } = this;
    if (outcome.kind !== "interrupted") this.resumedByCall = false;
    if (updates.trying && outcome.kind === "trapped") return this.#updateFailed(outcome.error);
    if (updates.trying && outcome.kind !== "interrupted") this.replayed();
    switch (outcome.kind) {
      case "ready":
        return this.#ready(outcome);
      case "trapped":
        return this.#trapped(outcome);
      case "interrupted":
        return this.#stopped(outcome.how === "interrupt" && !overtaken);
      case "suspended":
        return this.#suspended(outcome, resumedByCall);
      case "exited":
        return this.#exited();
    }
  }

  #ready({ completed }: Ended<"ready">): void {
    const { state, queue } = this.#parts;
    state.happened("ready");
    if (completed) this.#completed(completed);
    queue.requeueCurrent();
    if (!queue.isEmpty) this.#execution.recoverAgain = false;
    this.#execution.next();
  }

  #stopped(forGood: boolean): void {
    const { row, around } = this.#parts;
    if (forGood) this.interrupted();
    else if (around.ephemeral(row)) this.#fail("An ephemeral worker is not recovered: its call has failed");
    else this.#execution.start();
  }

  #suspended({ until, key }: Ended<"suspended">, resumedByCall: boolean): void {
    const { state, record } = this.#parts;
    record.append({ type: "Suspend" });
    state.happened("suspended", until);
    this.#execution.release();
    if (resumedByCall) this.#refuseQueued(key);
    if (this.#execution.startUpdate()) return;
    if (this.#execution.woken && until === undefined) this.#execution.start();
    if (until !== undefined) this.#execution.startAt(until);
  }

  #exited(): void {
    const { state, record, queue } = this.#parts;
    record.append({ type: "Exited" });
    state.happened("exited");
    queue.giveUpAll(new GolemFault("PreviousInvocationExited", "Worker already exited"));
    this.#execution.release();
  }

  interrupted(): void {
    const { around, state, record, queue } = this.#parts;
    this.#execution.alarm.clear();
    record.append({ type: "Interrupted" });
    state.happened("interrupted");
    around.publish(this.#parts, { type: "interrupted" });
    queue.giveUpCurrent(new GolemFault("RuntimeError", "Interrupted via the Golem API"));
    this.#execution.release();
  }

  /** Golem retries a thread that died like any trap. */
  crashed(error: string): void {
    const { updates, record } = this.#parts;
    if (updates.trying) return this.#updateFailed(error);
    const entries = record.read();
    const policy = policyInForce(entries);
    this.#trapped({ error, stderr: "", final: false, policy, tries: trailingErrors(entries) });
  }

  startFailed(error: Error): void {
    const { updates, record } = this.#parts;
    if (error instanceof Damage) throw error;
    if (updates.wanted) return this.#updateFailed(error.message);
    const text = `Failed to start the worker: ${error.message}`;
    record.append({ type: "Error", error: text });
    this.#fail(text);
  }

  /** The record has been replayed on the version that was tried. */
  replayed(): void {
    const { row, state, updates, record } = this.#parts;
    const version = updates.trying;
    if (!version) return;
    updates.done();
    row.version = version.version;
    record.append({ type: "SuccessfulUpdate", targetVersion: version.version, componentSize: version.size });
    state.keep();
  }

  /** It goes on in the version that it had. */
  #updateFailed(details: string): void {
    const { updates, record } = this.#parts;
    record.append({ type: "FailedUpdate", targetVersion: updates.done(), details });
    this.#execution.release();
    this.#execution.start();
  }

  /**
   * A call had a suspended worker recovered, and the worker was suspended again before it came to the call. The caller is refused
   * as on Golem 1.2. The call stays pending until a recovery drops it with the record (recording `patient-queue-long`).
   */
  #refuseQueued(running: string): void {
    const details = "The worker could not finish replaying a function {function_name}";
    this.#parts.queue.refuse(running, new GolemFault("FailedToResumeWorker", details, this.#parts.row));
  }

  #completed({ key, response, index }: Completed): void {
    const { row, around, queue, record } = this.#parts;
    const queued = queue.take(key);
    if (!around.store.invocations.complete(row.key, key, index)) return this.#completedBefore(key, index);
    this.isInMemory = true;
    around.publish(this.#parts, {
      type: "invocation-finished",
      function: queued?.invocation.functionName ?? "",
      idempotencyKey: key,
      at: record.now(),
    });
    this.answered = performance.now();
    for (const waiter of queued?.waiters ?? []) this.#untold.push((fault) => waiter(fault ? { fault } : { response }));
  }

  /** Replayed, or run again. When a recovery has dropped the first result from the record, the new one counts, as on Golem 1.2. */
  #completedBefore(key: string, index: OplogIndex): void {
    const { row, around, record } = this.#parts;
    const { invocations } = around.store;
    const before = invocations.get(row.key, key)?.index ?? index;
    if (before !== index && Regions.of(record.read()).has(before)) invocations.move(row.key, key, index);
  }

  #trapped(failure: Failure): void {
    const { row, around, state, record } = this.#parts;
    const { error, stderr } = failure;
    const { defaultPolicy, random } = around;
    const wait = retryDecision(failure, { ephemeral: around.ephemeral(row), defaultPolicy, random });
    record.append({ type: "Error", error });
    if (wait === undefined) return this.#fail(withStderr(error, stderr), stderr);
    around.publish(this.#parts, { type: "retrying", reason: reasonOf(error, stderr), wait });
    const at = around.clock.now() + BigInt(wait) * 1_000_000n;
    if (wait >= longWait) this.#execution.release();
    state.happened("retrying", at);
    if (!this.#execution.startUpdate()) this.#execution.startAt(at);
  }

  /** @param error for those who wait: it tells of this execution, where `lastError` tells what is on record */
  #fail(error: string, stderr = ""): void {
    const { around, state, queue } = this.#parts;
    state.happened("failed");
    around.publish(this.#parts, { type: "failed", reason: reasonOf(error, stderr) });
    queue.giveUpAll(new GolemFault("RuntimeError", error));
    this.#execution.release();
    this.#execution.startUpdate();
  }
}
