import { rmSync } from "node:fs";
import { GolemFault } from "../fault.js";
import type { Message } from "../guest/channel.js";
import { type NewEntry, trailingErrors } from "../guest/journal.js";
import type { Completed, LoadMessage, Outcome } from "../guest/messages.js";
import { type HazardKind, hazard, inOpenRegion } from "../hazards.js";
import { Closed, Damage } from "../oplog/damage.js";
import {
  type Invocation,
  isHint,
  type OplogEntry,
  type OplogEntryOf,
  type OplogIndex,
  type OplogRegion,
  type TypedValue,
} from "../oplog/entries.js";
import { policyInForce } from "../oplog/policy.js";
import { Regions } from "../oplog/regions.js";
import type { WorkerRow, WorkerStatus } from "../oplog/store.js";
import { retryDelay } from "../retry.js";
import type { GuestThread } from "../threads/guest-thread.js";
import type { Call, LoadedVersion, WorkerSurroundings, WorkerUpdate } from "./surroundings.js";
import { newTraceId } from "./trace.js";

interface Queued {
  invocation: Invocation;
  /** Where it is on record as pending, if it came while nothing ran. */
  index?: OplogIndex;
  /** Its callers were told that it is not made. */
  refused?: boolean;
  waiters: ((outcome: { response: TypedValue | null } | { fault: GolemFault }) => void)[];
}

/** In one line: what the component said last, or what follows the backtrace. */
const reasonOf = (error: string, stderr: string) =>
  stderr.split("\n").find((line) => line.trim() !== "") ?? error.split("\n").at(-1) ?? "";

const withStderr = (error: string, stderr: string) => (stderr === "" ? error : `${error}\n\n${stderr}`);

/** Entries that take some ten milliseconds to replay, with a new instance. */
const quickReplay = 300;

/** Milliseconds. */
const statusLag = 50;

/**
 * One durable worker: its queue, its status, and what is done when its component fails. Its oplog is written by whoever
 * runs: the guest thread while the component executes, otherwise the functions here.
 */
export class DurableWorker {
  readonly row: WorkerRow;
  readonly #around: WorkerSurroundings;
  #last: OplogIndex;
  readonly #queue: Queued[] = [];
  #current: Queued | undefined;
  #thread: GuestThread | undefined;
  #instance: "none" | "starting" | "running" | "ready" = "none";
  /** Recorded here, and not yet known to the guest thread. */
  #unsent: OplogEntry[] = [];
  /** Given to the guest thread to record. */
  #given: OplogEntry[] = [];
  #cancelTimer: (() => void) | undefined;
  #stopping: (() => void)[] = [];
  /** Asked for while the component waited, and not yet noticed by it. */
  #interrupting: "interrupt" | "overtaken" | undefined;
  /** What stops the worker takes turns: nothing starts while one of these is under way, or the next would find half an instance. */
  #turn: Promise<unknown> = Promise.resolve();
  #turns = 0;
  /** A start was asked for during a turn. */
  #startWanted = false;
  /** Versions that it is to be updated to, the next one first. */
  readonly #targets: number[] = [];
  /** The version that is being tried: its replay has not come to an end yet. */
  #trying: LoadedVersion | undefined;
  /** An idle worker that is restarted recovers, and on Golem 1.2 recovers once more for the next call (recording `aborted-then-anew`). */
  #recoverAgain = false;
  /** It was suspended, and a call had it recovered. */
  #resumedByCall = false;
  /** Somebody wanted it to go on while it ran. */
  #woken = false;
  #deleted = false;
  lastUsed = 0;
  /** Bytes, when it last ran. 0: it has not run since the start of the engine. */
  linearMemory = 0;

  constructor(row: WorkerRow, around: WorkerSurroundings) {
    this.row = row;
    this.#kept = { ...row };
    this.#around = around;
    this.#last = this.#lastOnRecord();
  }

  /**
   * As REST shows it: for a moment after an answer still Running, as on Golem 1.2, where the status lags behind (recording
   * `create-worker`). A test that takes Idle for granted there would fail on a server.
   */
  get reportedStatus(): WorkerStatus {
    const lags = this.#answered !== undefined && performance.now() - this.#answered < statusLag;
    return this.row.status === "Idle" && lags ? "Running" : this.row.status;
  }

  /** By the process's clock: when somebody was last given a result. */
  #answered: number | undefined;

  get lastIndex(): OplogIndex {
    return this.#last;
  }

  get pendingInvocations(): readonly Queued["invocation"][] {
    return this.#queue.map((queued) => queued.invocation);
  }

  /** No thread is needed until something comes. */
  get unloadable(): boolean {
    return this.#instance === "ready" && !this.#current && this.#queue.length === 0;
  }

  /** Its thread knows the component, and its record is replayed in no time when it is called again. */
  quickToReload(dir: string): boolean {
    return this.#thread?.dir === dir && this.#last <= quickReplay;
  }

  // ---- the oplog

  #now(): number {
    return Number(this.#around.clock.now() / 1000n) / 1000;
  }

  /** Writes an entry that nothing follows from. */
  record(entry: NewEntry): void {
    this.#append(entry);
  }

  #append(entry: NewEntry): void {
    const timed = { ...entry, at: this.#now() } as OplogEntry;
    if (this.#instance === "running") {
      this.#given.push(timed);
      this.#thread?.post("append", { entry });
    } else this.#write([timed], true);
  }

  #write(entries: readonly OplogEntry[], own: boolean): void {
    const { store } = this.#around;
    if (entries.length === 0) return;
    store.transaction(() => {
      store.oplog.append(this.row.key, this.#last, entries);
      this.#last += entries.length;
    });
    if (own && this.#thread) this.#unsent.push(...entries);
    for (const entry of entries) {
      if (entry.type === "Log") this.#publishLog(entry);
      if (entry.type === "Jump") this.#forgetRefused(entry.jump);
      if (entry.type === "Jump" || entry.type === "Revert") this.#conclusions = undefined;
      this.#noteUpdate(entry);
      this.#noteResource(entry);
    }
  }

  /** Updates asked for, and what became of them. */
  get updates(): readonly WorkerUpdate[] {
    return this.#concluded().updates;
  }

  /** Versions of updates that were asked for and not tried yet. One of a version that does not exist holds up those after it. */
  #updatesToDo(): number[] {
    const pending = this.updates.filter(({ type }) => type === "pendingUpdate").map((update) => update.targetVersion);
    const stuck = pending.findIndex((version) => !this.#around.exists(this.row.componentId, version));
    return stuck < 0 ? pending : pending.slice(0, stuck);
  }

  /** Resources that it has given out, by number, and since when. Milliseconds since 1970. */
  get ownedResources(): ReadonlyMap<number, number> {
    return this.#concluded().resources;
  }

  /** Kept while it holds: the oplog may be long. */
  #conclusions: { updates: WorkerUpdate[]; resources: Map<number, number> } | undefined;

  #concluded(): { updates: WorkerUpdate[]; resources: Map<number, number> } {
    if (this.#conclusions) return this.#conclusions;
    this.#conclusions = { updates: [], resources: new Map() };
    const entries = this.#readable();
    const skipped = Regions.of(entries);
    entries.forEach((entry, i) => {
      this.#noteUpdate(entry);
      if (!skipped.has(i + 1)) this.#noteResource(entry);
    });
    return this.#conclusions;
  }

  /** All entries; none when they are damaged, which `lastError` tells. */
  #readable(): OplogEntry[] {
    try {
      return this.#around.store.oplog.read(this.row.key, 1, this.#last);
    } catch (error) {
      if (error instanceof Damage) return [];
      throw error;
    }
  }

  #noteUpdate(entry: OplogEntry): void {
    const updates = this.#conclusions?.updates;
    if (entry.type === "PendingUpdate") {
      updates?.push({ type: "pendingUpdate", at: entry.at, targetVersion: entry.targetVersion });
    } else if (entry.type === "SuccessfulUpdate" || entry.type === "FailedUpdate") {
      const pending = updates?.find((u) => u.type === "pendingUpdate" && u.targetVersion === entry.targetVersion);
      if (!pending) return;
      pending.type = entry.type === "SuccessfulUpdate" ? "successfulUpdate" : "failedUpdate";
      if (entry.type === "FailedUpdate") pending.details = entry.details;
    }
  }

  #noteResource(entry: OplogEntry): void {
    if (entry.type === "CreateResource") this.#conclusions?.resources.set(entry.id, entry.at);
    else if (entry.type === "DropResource") this.#conclusions?.resources.delete(entry.id);
  }

  #publishLog({ level, context, message, at }: OplogEntryOf<"Log">): void {
    this.#around.publish(this, { type: "log", level, context, message, at });
  }

  #setStatus(status: WorkerStatus, wake?: bigint): void {
    this.row.status = status;
    this.row.wake = wake;
    const { status: kept, wake: keptWake, version } = this.#kept;
    if (status !== kept || wake !== keptWake || this.row.version !== version) this.#keep();
  }

  #keep(): void {
    this.#around.store.workers.update(this.row);
    this.#kept = { ...this.row };
  }

  /** As the database has it. */
  #kept: Pick<WorkerRow, "status" | "wake" | "version">;

  // ---- what others ask of it

  /** The first entry of a new worker's log. */
  create(version: Pick<LoadedVersion, "version" | "size" | "linearMemory">): void {
    this.#append({
      type: "Create",
      componentId: this.row.componentId,
      workerName: this.row.name,
      componentVersion: version.version,
      args: this.row.args,
      env: this.row.env,
      componentSize: version.size,
      linearMemory: version.linearMemory,
    });
  }

  /**
   * Queues a call. What was called with this key before is not called again: its result is given.
   * @throws GolemFault while the worker is failed, retrying or exited
   */
  enqueue(call: Call): Promise<{ response: TypedValue | null }> {
    const { store } = this.#around;
    if (this.#deleted) throw new GolemFault("WorkerNotFound", "the worker was deleted");
    const known = store.invocations.get(this.row.key, call.idempotencyKey);
    if (known?.state === "done") return Promise.resolve({ response: this.#recorded(known.index as OplogIndex) });
    this.refuseIfFailed();
    const same = [this.#current, ...this.#queue].find((q) => q?.invocation.idempotencyKey === call.idempotencyKey);
    const invocation = { ...call, traceId: newTraceId() };
    const queued: Queued = same ?? { invocation, waiters: [] };
    const result = new Promise<{ response: TypedValue | null }>((resolve, reject) =>
      queued.waiters.push((outcome) => ("fault" in outcome ? reject(outcome.fault) : resolve(outcome))),
    );
    result.catch(() => {}); // an invocation that nobody waits for may fail too
    // Golem 1.2 runs a function again that is called with the key of the one that runs, and gives both the first result.
    if (!same || same === this.#current) {
      // On Golem, too, a call that comes before an interrupt has taken effect resumes the worker from its record.
      this.#interruptLoaded = false;
      if (this.#interrupting) {
        this.#interrupting = "overtaken";
        this.#thread?.interrupt("restart");
      }
      store.transaction(() => {
        store.invocations.queue(this.row.key, invocation);
        if (this.#beginsAtOnce) return;
        this.#append({ type: "PendingWorkerInvocation", ...invocation });
        if (this.#instance === "none") queued.index = this.#last;
      });
      if (this.#interrupting) this.#thread?.post("overtaken"); // it does not wait for the end of what it waits for
      this.#queue.push(same ? { invocation, waiters: [] } : queued);
      if (this.row.status === "Suspended" && this.#instance === "none") {
        this.#resumedByCall = true;
        this.wake();
      } else this.#next();
    }
    return result;
  }

  /**
   * On Golem 1.2 a call of an idle worker that is in memory is never pending: its first entry is that it was invoked (recording
   * `counter`). Whether this engine has lent the worker's thread to another one makes no difference.
   */
  get #beginsAtOnce(): boolean {
    const waits = this.#current || this.#queue.length > 0 || this.#turns > 0 || this.#targets.length > 0;
    return this.#isInMemory && this.row.status === "Idle" && !waits;
  }

  /** It has come to the end of a call, and nobody has stopped it since (recordings `interrupt-idle`, `memory-after-restart`). */
  #isInMemory = false;

  /** @throws GolemFault when nothing can be called */
  refuseIfFailed(): void {
    if (this.row.status === "Exited") throw new GolemFault("PreviousInvocationExited", "Worker already exited");
    if (this.row.status === "Failed" || this.row.status === "Retrying")
      throw new GolemFault("PreviousInvocationFailed", this.lastError()?.error ?? "the previous invocation failed");
  }

  #recorded(index: OplogIndex): TypedValue | null {
    const [entry] = this.#around.store.oplog.read(this.row.key, index, index);
    return entry?.type === "ExportedFunctionCompleted" ? entry.response : null;
  }

  /** Takes a call out of the queue. @returns whether it was there */
  cancel(idempotencyKey: string): boolean {
    const at = this.#queue.findIndex((queued) => queued.invocation.idempotencyKey === idempotencyKey);
    const [queued] = at < 0 ? [] : this.#queue.splice(at, 1);
    if (!queued) return false;
    this.#append({ type: "CancelInvocation", idempotencyKey });
    this.#around.store.invocations.delete(this.row.key, idempotencyKey);
    for (const waiter of queued.waiters) waiter({ fault: new GolemFault("InvalidRequest", "Invocation canceled") });
    return true;
  }

  /** Stops it where it is, or crashes it: then it recovers at once. */
  interrupt(kind: "interrupt" | "restart"): void {
    this.#answered = undefined;
    this.#isInMemory = false;
    if (this.#instance === "running") {
      this.#interrupting = kind === "interrupt" ? kind : undefined;
      this.#thread?.interrupt(kind);
    } else if (this.#instance === "starting") this.#interruptLoaded ||= kind === "interrupt";
    else if (this.row.status === "Suspended") this.#interrupted(kind);
    else if (this.row.status === "Retrying") this.#hazard("retry-not-interruptible");
    else if (kind === "restart" && this.row.status === "Idle") {
      this.#unload(); // it may be unloaded already, which nobody outside can see
      this.#recoverAgain = true;
      this.#start();
    }
  }

  /** Asked for while the instance was being made. */
  #interruptLoaded = false;

  #interrupted(kind: "interrupt" | "restart"): void {
    this.#clearTimer();
    if (kind === "restart") return this.#start();
    this.#append({ type: "Interrupted" });
    this.#setStatus("Interrupted");
    this.#giveUp(new GolemFault("RuntimeError", "Interrupted via the Golem API"), false);
    this.#unload();
  }

  /** @throws GolemFault when there is nothing to resume */
  resume(): void {
    this.refuseIfFailed();
    if (!["Suspended", "Interrupted", "Idle"].includes(this.row.status)) {
      const id = `${this.row.componentId}/${this.row.name}`;
      throw new GolemFault("InvalidRequest", `Worker ${id} is not suspended, interrupted or idle`);
    }
    this.wake();
  }

  /** Goes on with what was on record when the engine stopped, or what a promise held up. */
  wake(): void {
    if (this.#instance !== "none") {
      this.#woken = true; // what it waits for may have come after it has looked
      return;
    }
    this.#clearTimer();
    this.#start();
  }

  /** Gives a promise of its own its value, and goes on if that was waited for. @returns false when it had one already */
  completePromise(index: OplogIndex, data: Uint8Array): boolean {
    const first = this.#around.store.promises.complete(this.row.key, index, data);
    this.wake();
    return first;
  }

  /** After a start of the engine. */
  recover(retryingToo: boolean): void {
    this.#guarded(() => this.#recover(retryingToo));
  }

  #recover(retryingToo: boolean): void {
    const pending = this.#around.store.invocations.pending(this.row.key);
    for (const { idempotencyKey, functionName, request, traceId } of pending)
      this.#queue.push({ invocation: { idempotencyKey, functionName, request, traceId }, waiters: [] });
    const { status, wake } = this.row;
    if (status === "Retrying" && !retryingToo) return;
    if (status !== "Idle" || pending.length > 0) this.#targets.push(...this.#updatesToDo());
    if (this.#startUpdate()) return;
    if ((status === "Suspended" || status === "Retrying") && wake !== undefined) this.#startAt(wake);
    else if (status === "Running" || status === "Retrying" || (pending.length > 0 && status === "Idle")) this.#start();
  }

  /** Drops what came after an entry, and everything the engine concluded from it. */
  revert(lastIndex: OplogIndex): Promise<void> {
    this.#answered = undefined;
    this.#isInMemory = false;
    return this.#alone(async () => {
      await this.#stop();
      if (this.#deleted) return;
      const { store } = this.#around;
      store.transaction(() => {
        this.#append({ type: "Revert", droppedRegion: { start: lastIndex + 1, end: this.#last } });
        store.invocations.dropAfter(this.row.key, lastIndex);
        this.#setStatus("Idle");
      });
    });
  }

  /**
   * Runs another version from now on. The record is replayed on it, and if that fails the old version stays. As on Golem 1.2 a wait is
   * not cut short for it (recording `patient-update`). An update to a version that does not exist stays pending for good, and later
   * updates wait behind it (recording `component-update`).
   */
  update(target: number): void {
    const { store, exists } = this.#around;
    const known = (version: number) => exists(this.row.componentId, version);
    const stuck = this.updates.some(({ type, targetVersion }) => type === "pendingUpdate" && !known(targetVersion));
    const lost = this.#around.faults && this.row.status === "Retrying";
    if (inOpenRegion(store.oplog.read(this.row.key, 1, this.#last))) this.#hazard("update-during-step");
    store.transaction(() => {
      this.#append({ type: "PendingUpdate", targetVersion: target });
      if (lost) return this.#clearTimer();
      if (stuck || !known(target) || this.row.status === "Exited") return;
      this.#targets.push(target);
      if (this.#instance !== "running") this.#startUpdate();
      else if (this.#interrupting !== "interrupt") this.#thread?.interrupt("restart");
    });
  }

  /** Tries the next version, if one is wanted and nothing runs. @returns whether it does */
  #startUpdate(): boolean {
    if (this.#targets.length === 0 || this.#instance === "starting" || this.#instance === "running") return false;
    this.#clearTimer();
    this.#start();
    return true;
  }

  /** Ends the instance, whatever it does. What is on record stays. */
  async #stop(): Promise<void> {
    this.#clearTimer();
    if (this.#instance === "starting") await new Promise<void>((done) => this.#stopping.push(done));
    this.#trying = undefined;
    this.#requeueCurrent();
    const thread = this.#thread;
    if (!thread) return;
    if (this.#instance !== "running") return this.#unload();
    // What it has recorded counts, as requests may have been made because of it; how it ends does not.
    thread.handle((message) => {
      if (message.op === "entries") this.#handle(message);
    });
    await thread.terminate();
    this.#gone();
  }

  /** What ran has not come to its end, and may not be on record any more: it is the next. */
  #requeueCurrent(): void {
    if (this.#current) this.#queue.unshift(this.#current);
    this.#current = undefined;
  }

  /** The thread is no more: what it was given to record, and has not recorded, is recorded here. */
  #gone(): void {
    this.#thread = undefined;
    this.#instance = "none";
    this.#unsent = [];
    if (this.#given.length > 0) this.#write(this.#given.splice(0), true);
  }

  /** Something that stops the worker; when it is over, the worker goes on as it is then. */
  async #alone(act: () => Promise<void>): Promise<void> {
    this.#turns++;
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => {});
    try {
      await turn;
    } finally {
      this.#turns--;
      if (this.#turns === 0 && !this.#deleted) {
        const wanted = this.#startWanted;
        this.#startWanted = false;
        if (wanted && this.#instance === "none") this.#start();
        else this.#next();
      }
    }
  }

  /** Tells those who wait in {@link stop} for what was starting. @returns whether there were any */
  #noteStopped(): boolean {
    const waiting = this.#stopping.splice(0);
    for (const stopped of waiting) stopped();
    return waiting.length > 0;
  }

  delete(): Promise<void> {
    if (this.row.status === "Retrying") this.#hazard("retry-not-interruptible");
    const again = this.#deleted;
    this.#deleted = true;
    return this.#alone(async () => {
      if (again) return;
      await this.#stop();
      this.#giveUp(new GolemFault("WorkerNotFound", "the worker was deleted"), true);
      this.#around.store.workers.delete(this.row.key);
      rmSync(this.#around.files(this.row), { recursive: true, force: true });
      this.#around.publish(this, { type: "closed" });
    });
  }

  unload(): void {
    if (this.unloadable) this.#unload();
  }

  /** The last error, if nothing went well since, and how many there are in a row. */
  lastError(): { error: string; retryCount: number } | undefined {
    try {
      return this.#lastError();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      return { error: error.message, retryCount: 0 };
    }
  }

  #lastError(): { error: string; retryCount: number } | undefined {
    const reverted = new Regions();
    let error: string | undefined;
    let retryCount = 0;
    let stderr = "";
    let isInRow = true;
    for (const [index, entry] of this.#backwards()) {
      if (entry.type === "Revert") reverted.add(entry.droppedRegion);
      if (reverted.has(index)) continue;
      isInRow &&= entry.type === "Error" || isHint(entry);
      if (entry.type === "Error" && isInRow) {
        error ??= entry.error;
        retryCount++;
      } else if (entry.type === "Log" && entry.level === "Stderr") stderr = entry.message + stderr;
      // Golem shows all that the call has written, in its earlier attempts too (recording `step-exhausted`).
      if (!isInRow && (error === undefined || entry.type === "ExportedFunctionInvoked")) break;
    }
    return error === undefined ? undefined : { error: withStderr(error, stderr), retryCount };
  }

  /** The oplog from its end, read page by page: it may be long, and mostly the last entries tell. */
  *#backwards(): Generator<[OplogIndex, OplogEntry]> {
    const page = 64;
    for (let last = this.#last; last >= 1; last -= page) {
      const first = Math.max(1, last - page + 1);
      const entries = this.#around.store.oplog.read(this.row.key, first, last);
      for (let i = entries.length - 1; i >= 0; i--) yield [first + i, entries[i] as OplogEntry];
    }
  }

  // ---- running

  #next(): void {
    this.lastUsed = this.#now();
    if (this.#deleted || this.#turns > 0 || this.#startUpdate()) return;
    if (this.#current || this.#queue.length === 0) return;
    if (this.#instance === "none") return this.#cancelTimer ? undefined : this.#start();
    if (this.#instance !== "ready") return;
    if (this.#recoverAgain) {
      this.#unload();
      return this.#start();
    }
    const queued = this.#queue.shift() as Queued;
    this.#current = queued;
    const { invocation } = queued;
    const { functionName, idempotencyKey } = invocation;
    this.row.status = "Running"; // not kept: should the process die now, the pending call says what to do
    this.#around.publish(this, { type: "invocation-started", function: functionName, idempotencyKey, at: this.#now() });
    this.#run("invoke", { invocation });
  }

  #run(op: "recover" | "invoke", message: object = {}): void {
    this.#instance = "running";
    this.#woken = false;
    this.#interrupting = undefined;
    this.#thread?.post(op, { ...message, entries: this.#unsent.splice(0) });
  }

  #startAt(at: bigint): void {
    this.#clearTimer();
    this.#cancelTimer = this.#around.clock.at(at, () => {
      this.#cancelTimer = undefined;
      this.#guarded(() => this.#start());
    });
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** A new instance from the record. */
  #start(): void {
    if (this.#deleted) return;
    this.#setStatus("Running");
    if (this.#turns > 0) {
      this.#startWanted = true;
      return;
    }
    if (this.#thread && (this.#trying || this.#targets.length === 0)) return this.#run("recover");
    if (this.#thread) this.#unload(); // it has the old version
    this.#instance = "starting";
    this.#load().catch((error: Error) => {
      this.#instance = "none";
      if (this.#noteStopped()) return;
      this.#guarded(() => {
        if (error instanceof Damage) throw error;
        if (this.#targets.length > 0) return this.#updateFailed(error.message);
        const text = `Failed to start the worker: ${error.message}`;
        this.#append({ type: "Error", error: text });
        this.#fail(text);
      });
    });
  }

  async #load(): Promise<void> {
    const { store, threads, defaultPolicy } = this.#around;
    const target = this.#targets[0];
    const version = await this.#around.version(this.row.componentId, target ?? this.row.version);
    const thread = await threads.acquire(version);
    if (this.#stopping.length > 0 || this.#deleted) {
      threads.release(thread);
      this.#instance = "none";
      this.#noteStopped();
      return;
    }
    this.#thread = thread;
    thread.handle((message) => this.#guarded(() => this.#handle(message)));
    const { dir, script, modules, exports } = version;
    this.#trying = target === undefined ? undefined : version;
    const load: LoadMessage = {
      dir,
      script,
      modules,
      exports,
      defaultPolicy,
      faults: this.#around.faults,
      updating: target !== undefined,
      limits: this.#around.limits,
      log: store.oplog.raw(this.row.key),
      worker: {
        componentId: this.row.componentId,
        workerName: this.row.name,
        componentVersion: version.version,
        ephemeral: this.#around.ephemeral(this.row),
        args: this.row.args,
        env: this.row.env,
        files: this.#around.files(this.row),
      },
    };
    this.#unsent = [];
    thread.post("load", load);
  }

  #unload(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#instance = "none";
    this.#unsent = [];
    this.#recoverAgain = false;
    if (!thread) return;
    thread.cancelRequests();
    this.#around.threads.release(thread);
  }

  #handle(message: Message): void {
    switch (message.op) {
      case "loaded":
        if (this.#stopping.length > 0) {
          this.#unload();
          this.#noteStopped();
        } else if (this.#targets.length > 0 && !this.#trying) {
          this.#unload(); // an update came while the old version was being loaded
          this.#start();
        } else {
          this.#run("recover");
          if (this.#interruptLoaded) this.interrupt("interrupt");
          this.#interruptLoaded = false;
        }
        break;
      case "replayed":
        this.#updateSucceeded();
        break;
      case "load-failed":
        this.#unload();
        this.#around.store.oplog.check(this.row.key);
        this.#crashed(String(message.error));
        break;
      case "crashed":
        this.#crashed(String(message.error));
        break;
      case "ended":
        this.#gone();
        if (this.#noteStopped()) break;
        if (message.how === "interrupt" && this.#interrupting === "interrupt") this.#interrupted("interrupt");
        else this.#start();
        break;
      case "entries":
        this.#given.splice(0, message.appended as number);
        this.#write(message.entries as OplogEntry[], false);
        break;
      case "hazard":
        this.#hazard(message.kind as HazardKind);
        break;
      case "request":
        this.#answer(message);
        break;
      case "outcome":
        this.linearMemory = message.memory as number;
        this.#around.store.transaction(() => {
          this.#write(message.entries as OplogEntry[], false);
          this.#instance = "none";
          this.#given.splice(0, message.appended as number);
          if (this.#given.length > 0) this.#write(this.#given.splice(0), true);
          this.#ended(message.outcome as Outcome);
        });
        for (const tell of this.#untold.splice(0)) tell();
        break;
    }
  }

  /** Callers who get their result when it is on record, and not before. */
  #untold: ((instead?: GolemFault) => void)[] = [];

  /** What is begun by a message or a timer has no caller who would get its error. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Closed)) this.#broken(error as Error);
    }
  }

  /**
   * The record could not be read or written, because it is damaged or the disk is full. The worker stops as if the process had
   * been killed; what is on record stays, and `resume` goes on from it.
   */
  #broken({ message }: Error): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#instance = "none";
    thread?.handle(() => {});
    void thread?.terminate();
    this.#clearTimer();
    this.#unsent = [];
    this.#given = [];
    this.#conclusions = undefined;
    this.#last = this.#lastOnRecord();
    this.row.status = "Interrupted";
    const fault = new GolemFault("RuntimeError", message);
    for (const tell of this.#untold.splice(0)) tell(fault);
    if (this.#current) this.#queue.unshift(this.#current);
    this.#current = undefined;
    for (const queued of this.#queue) for (const waiter of queued.waiters.splice(0)) waiter({ fault });
    this.#noteStopped();
    console.error(`worker ${this.row.componentId}/${this.row.name} is interrupted: ${message}`);
  }

  /** 0 when nobody can tell. */
  #lastOnRecord(): OplogIndex {
    try {
      return this.#around.store.oplog.last(this.row.key);
    } catch {
      return 0;
    }
  }

  #hazard(kind: HazardKind): void {
    if (this.row.hazards.includes(kind)) return;
    this.row.hazards.push(kind);
    this.#keep();
    this.#around.publish(this, { type: "hazard", hazard: hazard(kind) });
  }

  async #answer({ id, what, payload }: Message): Promise<void> {
    const thread = this.#thread;
    try {
      const value = await this.#around.answer(this, String(what), payload as Record<string, unknown>);
      thread?.post("answer", { id, value });
    } catch (error) {
      thread?.post("answer", { id, error: (error as Error).message });
    }
  }

  /** The thread itself died, for want of memory say. Golem retries such a thing like any trap. */
  #crashed(error: string): void {
    this.#gone();
    if (this.#noteStopped()) return;
    if (this.#trying) return this.#updateFailed(error);
    const entries = this.#around.store.oplog.read(this.row.key, 1, this.#last);
    const policy = policyInForce(entries);
    this.#trapped({ error, stderr: "", final: false, policy, tries: trailingErrors(entries) });
  }

  #ended(outcome: Outcome): void {
    this.#thread?.interrupt(undefined);
    const overtaken = this.#interrupting === "overtaken";
    this.#interrupting = undefined;
    // What an interrupted instance waited for goes on on Golem, and only when it is there the interrupt is on record.
    if (overtaken)
      void this.#thread
        ?.leaveRequests()
        .then(() => this.#deleted || this.#guarded(() => this.#append({ type: "Interrupted" })));
    else if (outcome.kind !== "ready") this.#thread?.cancelRequests();
    const resumedByCall = this.#resumedByCall;
    if (outcome.kind !== "interrupted") this.#resumedByCall = false;
    if (this.#trying && outcome.kind === "trapped") return this.#updateFailed(outcome.error);
    if (this.#trying && outcome.kind !== "interrupted") this.#updateSucceeded();
    switch (outcome.kind) {
      case "ready":
        this.#instance = "ready";
        this.#setStatus("Idle");
        if (outcome.completed) this.#completed(outcome.completed);
        this.#requeueCurrent();
        if (this.#queue.length > 0) this.#recoverAgain = false;
        this.#next();
        break;
      case "trapped":
        this.#trapped(outcome);
        break;
      case "interrupted":
        if (outcome.how === "interrupt" && !overtaken) this.#interrupted("interrupt");
        else if (this.#around.ephemeral(this.row))
          this.#fail("An ephemeral worker is not recovered: its call has failed");
        else this.#start();
        break;
      case "suspended":
        this.#append({ type: "Suspend" });
        this.#setStatus("Suspended", outcome.until);
        this.#unload();
        if (resumedByCall) this.#refuseQueued(outcome.key);
        if (this.#startUpdate()) break;
        if (this.#woken && outcome.until === undefined) this.#start();
        if (outcome.until !== undefined) this.#startAt(outcome.until);
        break;
      case "exited":
        this.#append({ type: "Exited" });
        this.#setStatus("Exited");
        this.#giveUp(new GolemFault("PreviousInvocationExited", "Worker already exited"), true);
        this.#unload();
        break;
    }
  }

  /** The record has been replayed on the version that was tried. */
  #updateSucceeded(): void {
    const version = this.#trying;
    this.#trying = undefined;
    if (!version) return;
    this.#targets.shift();
    this.row.version = version.version;
    this.#append({ type: "SuccessfulUpdate", targetVersion: version.version, componentSize: version.size });
    this.#keep();
  }

  /** It goes on in the version that it had. */
  #updateFailed(details: string): void {
    this.#trying = undefined;
    const target = this.#targets.shift() as number;
    this.#append({ type: "FailedUpdate", targetVersion: target, details });
    this.#unload();
    this.#start();
  }

  /**
   * A call had a suspended worker recovered, and the worker was suspended again before it came to the call. The caller is refused
   * as on Golem 1.2. The call stays pending until a recovery drops it with the record (recording `patient-queue-long`).
   */
  #refuseQueued(running: string): void {
    const details = "The worker could not finish replaying a function {function_name}";
    for (const queued of this.#queue) {
      if (queued.invocation.idempotencyKey === running) continue;
      queued.refused ||= queued.waiters.length > 0;
      for (const waiter of queued.waiters.splice(0))
        waiter({ fault: new GolemFault("FailedToResumeWorker", details, this.row) });
    }
  }

  /** What was refused is not made, when the record of it is gone. */
  #forgetRefused({ start, end }: OplogRegion): void {
    for (const queued of this.#queue.filter(({ refused }) => refused)) {
      if (queued.index === undefined || queued.index < start || queued.index > end || queued.waiters.length > 0)
        continue;
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      this.#around.store.invocations.delete(this.row.key, queued.invocation.idempotencyKey);
    }
  }

  #completed({ key, response, index }: Completed): void {
    const { store } = this.#around;
    const queued = this.#takeCurrent(key);
    if (!store.invocations.complete(this.row.key, key, index)) return this.#completedBefore(key, index);
    this.#isInMemory = true;
    this.#around.publish(this, {
      type: "invocation-finished",
      function: queued?.invocation.functionName ?? "",
      idempotencyKey: key,
      at: this.#now(),
    });
    this.#answered = performance.now();
    for (const waiter of queued?.waiters ?? []) this.#untold.push((fault) => waiter(fault ? { fault } : { response }));
  }

  /** Replayed, or run again. When a recovery has dropped the first result from the record, the new one counts, as on Golem 1.2. */
  #completedBefore(key: string, index: OplogIndex): void {
    const { invocations, oplog } = this.#around.store;
    const before = invocations.get(this.row.key, key)?.index ?? index;
    if (before !== index && Regions.of(oplog.read(this.row.key, 1, this.#last)).has(before))
      invocations.move(this.row.key, key, index);
  }

  /** The invocation that ran; after a start of the engine it may still stand in the queue. */
  #takeCurrent(key: string): Queued | undefined {
    const current = this.#current;
    if (current?.invocation.idempotencyKey === key) {
      this.#current = undefined;
      return current;
    }
    const at = this.#queue.findIndex((queued) => queued.invocation.idempotencyKey === key);
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0];
  }

  #trapped({
    error,
    stderr,
    final,
    policy,
    tries,
  }: Pick<Extract<Outcome, { kind: "trapped" }>, "error" | "stderr" | "final" | "policy" | "tries">): void {
    const once = final || this.#around.ephemeral(this.row); // Golem never recovers an ephemeral worker (recording `patient-ephemeral`)
    const delay = once ? undefined : retryDelay(policy ?? this.#around.defaultPolicy, tries, this.#around.random);
    this.#append({ type: "Error", error });
    if (delay === undefined) return this.#fail(withStderr(error, stderr), stderr);
    this.#around.publish(this, { type: "retrying", reason: reasonOf(error, stderr), wait: Math.round(delay) });
    const at = this.#around.clock.now() + BigInt(Math.round(delay)) * 1_000_000n;
    this.#setStatus("Retrying", at);
    if (!this.#startUpdate()) this.#startAt(at);
  }

  /** @param error for those who wait: it tells of this execution, where `lastError` tells what is on record */
  #fail(error: string, stderr = ""): void {
    this.#setStatus("Failed");
    this.#around.publish(this, { type: "failed", reason: reasonOf(error, stderr) });
    this.#giveUp(new GolemFault("RuntimeError", error), true);
    this.#unload();
    this.#startUpdate();
  }

  /** Tells everybody who waits. @param all the queue too: on Golem one final failure fails every pending invocation */
  #giveUp(fault: GolemFault, all: boolean): void {
    const given = [...(this.#current ? [this.#current] : []), ...(all ? this.#queue.splice(0) : [])];
    this.#current = undefined;
    for (const queued of given) {
      if (all) this.#around.store.invocations.delete(this.row.key, queued.invocation.idempotencyKey);
      for (const waiter of queued.waiters) waiter({ fault });
    }
  }
}
