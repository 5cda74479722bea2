import { Calls } from "./calls.js";
import { engineWords, firstLine, isNoise, isStepsOwn, lastVerdict, onPurpose } from "./durable-step.js";
import { type Fields, hints, milliseconds } from "./entries.js";
import { eventOf } from "./events.js";
import type { Decision, Execution, Invocation, Jump, Region, Timeline, Wait, WorkerEvent } from "./model.js";
import { type Policy, plannedDelay } from "./policy.js";
import { PolicyTrack } from "./policy-track.js";
import { type Failure, StepTrack } from "./step-track.js";

/** Reads an oplog from its first entry to its last, and keeps what a timeline needs. */
export class Reader {
  readonly #start: number;
  readonly #places: (stack: string) => readonly string[];
  readonly #calls = new Calls();
  readonly #policies: PolicyTrack;
  readonly #steps: StepTrack;
  readonly #regions: Region[] = [];
  readonly #jumps: Jump[] = [];
  readonly #events: WorkerEvent[] = [];
  readonly #decisions: Decision[] = [];
  /** Of each index. */
  readonly #seen: { type: string; at: number }[] = [];
  #open: Region[] = [];
  #now = 0;
  #last = 0;
  #errors = 0;
  #stderr = "";
  #failed: Failure | undefined;
  #resumes = false;
  #suspended: WorkerEvent | undefined;
  #looping: Failure | undefined;

  constructor(start: number, defaultPolicy: Policy, places: (stack: string) => readonly string[]) {
    this.#start = start;
    this.#places = places;
    this.#policies = new PolicyTrack(defaultPolicy);
    this.#steps = new StepTrack(start);
  }

  read(index: number, entry: Fields): void {
    this.#last = this.#now;
    this.#now = Math.max(this.#now, milliseconds(entry.timestamp) - this.#start) || this.#now;
    this.#seen[index] = { type: entry.type, at: this.#now };
    if (hints.has(entry.type)) return this.#hint(index, entry);
    if (this.#suspended) this.#suspended.end = this.#now;
    this.#suspended = undefined;
    if (entry.type === "Jump") return this.#jump(index, entry.jump as { start: number; end: number });
    if (this.#resumes && entry.type !== "ExportedFunctionInvoked") this.#begin(index);
    this.#resumes = false;
    if (!(this.#failed?.onPurpose && isStepsOwn(entry))) this.#signOfLife(index, entry);
    if (this.#looping && !isStepsOwn(entry)) this.#goesRound(index);
    this.#errors = 0;
    if (entry.type.startsWith("Begin") || (entry.type === "ImportedFunctionInvoked" && !isNoise(entry)))
      this.#policies.disturb();
    this.#live(index, entry);
  }

  #live(index: number, entry: Fields): void {
    switch (entry.type) {
      case "ExportedFunctionInvoked":
        return this.#invoked(index, entry);
      case "ExportedFunctionCompleted":
        return this.#calls.end("completed", "completed", this.#now, this.#policies.inForce.policy);
      case "ChangeRetryPolicy":
        return this.#policies.set(index, this.#now, entry);
      case "BeginAtomicRegion":
        this.#open.push({ index, at: this.#now, end: this.#now, closed: false, again: 0 });
        this.#regions.push(this.#open.at(-1) as Region);
        return;
      case "EndAtomicRegion":
        return this.#close(Number(entry.begin_index));
      case "BeginRemoteWrite":
        return this.#calls.send(index, this.#now);
      case "StartSpan":
        return this.#calls.span(entry);
      case "ImportedFunctionInvoked":
        return this.#imported(index, entry);
    }
  }

  #hint(index: number, entry: Fields): void {
    if (entry.type === "Error") return this.#error(index, entry);
    if (entry.type === "Log") return this.#says(index, entry);
    const event = eventOf(index, this.#now, entry);
    if (!event) return;
    this.#events.push(event);
    if (event.kind === "suspended") this.#suspended = event;
    if (event.kind === "interrupted" || event.kind === "exited") {
      this.#calls.end("interrupted", "interrupted", this.#now, this.#policies.inForce.policy);
      this.#resumes = this.#calls.current?.outcome === "interrupted";
    }
    if (event.kind === "reverted") {
      const dropped = entry.dropped_region as { start: number; end: number };
      this.#drop(dropped, index);
      this.#calls.revert(dropped, index);
      this.#failed = undefined;
    }
  }

  #says(index: number, entry: Fields): void {
    if (entry.level !== "Stderr") return;
    const message = String(entry.message);
    this.#stderr += message;
    const said = lastVerdict(message);
    const { execution } = this.#calls;
    if (!said?.next || !execution) return;
    this.#looping = { at: this.#now, execution, onPurpose: true, mark: index, said };
  }

  /** A loop in the component that said that it failed, and neither trapped nor jumped. */
  #goesRound(index: number): void {
    const failed = this.#looping as Failure;
    this.#looping = undefined;
    this.#endFailed(failed, "jumped");
    this.#failed = failed;
    this.#signOfLife(index, { type: "NoOp", timestamp: "" });
  }

  #drop(range: { start: number; end: number }, index: number): void {
    this.#policies.drop(range, index, this.#now);
    this.#open = this.#open.filter((one) => one.index < range.start || one.index > range.end);
  }

  #jump(index: number, { start, end }: { start: number; end: number }): void {
    const before = this.#seen[start - 1]?.type;
    const to = before === "BeginAtomicRegion" ? "region" : before === "BeginRemoteWrite" ? "request" : "mark";
    this.#errors = 0;
    const bare = !this.#failed && !this.#resumes;
    if (bare && to === "mark") this.#jumpedBack(start - 1);
    else if (bare) this.#recovered(index);
    this.#drop({ start, end }, index);
    const region = this.#open.find((one) => one.index === start - 1);
    if (region) region.again++;
    if (this.#failed && !this.#failed.onPurpose) this.#signOfLife(index, { type: "Jump", timestamp: "" });
    const rewrites = this.#calls.goBack(start, index, this.#now);
    this.#jumps.push({ index, at: this.#now, start, end, to, rewrites });
    const fresh = this.#calls.current?.executions.length === 0;
    if (fresh || (!this.#failed && (this.#resumes || bare) && to !== "mark")) this.#begin(index);
    if (fresh) this.#failed = undefined;
    this.#resumes = false;
  }

  /** The worker stopped without a word: its server did. */
  #recovered(index: number): void {
    const { execution } = this.#calls;
    if (this.#calls.open && execution?.outcome === "running")
      Object.assign(execution, { outcome: "crashed", end: this.#last, policy: this.#policies.inForce.policy });
    this.#events.push({ index, at: this.#now, end: this.#now, kind: "recovered", text: "recovered after a restart" });
  }

  /** An execution failed, and the component went back to a mark. */
  #jumpedBack(mark: number): void {
    const { execution } = this.#calls;
    if (!execution || !this.#calls.open) return;
    this.#looping = undefined;
    const at = this.#steps.failedAt(this.#now);
    this.#failed = { at, execution, onPurpose: true, mark, said: lastVerdict(this.#stderr) };
    this.#endFailed(this.#failed, "jumped");
  }

  #endFailed({ at, execution, said }: Failure, outcome: "jumped" | "trapped"): void {
    const wait: Wait = { at, planned: { least: 0, most: 0 }, actual: 0, by: "step", asked: false, ongoing: true };
    const error = said?.text ?? firstLine(this.#stderr);
    const place = this.#places(this.#stderr)[0] ?? execution.place;
    const { policy } = this.#policies.inForce;
    Object.assign(execution, { outcome, end: this.#now, policy, error, place, wait });
    this.#stderr = "";
    this.#steps.begin();
  }

  #close(begin: number): void {
    const region = this.#open.find(({ index }) => index === begin);
    if (region) Object.assign(region, { closed: true, end: this.#now });
    this.#open = this.#open.filter((one) => one !== region);
    this.#steps.closed(begin, this.#now);
  }

  #invoked(index: number, entry: Fields): void {
    const { current } = this.#calls;
    if (current?.key === String(entry.idempotency_key) && current.outcome === "running") return; // Golem may write it twice
    this.#stderr = "";
    this.#failed = undefined;
    this.#calls.invoke(index, this.#now, entry);
    this.#begin(index);
  }

  #begin(index: number): Execution | undefined {
    this.#steps.begin();
    return this.#calls.begin(index, this.#now, this.#policies.inForce.policy);
  }

  #imported(index: number, entry: Fields): void {
    this.#steps.imported(index, this.#now, entry);
    this.#calls.answer(index, this.#now, entry);
  }

  #error(index: number, entry: Fields): void {
    this.#looping = undefined;
    if (this.#failed) this.#signOfLife(index, entry, true); // a replay that came to the same failure
    const { execution, open } = this.#calls;
    if (!execution || !open) return;
    const said = lastVerdict(this.#stderr);
    const purposeful = onPurpose.test(String(entry.error)) && (said !== undefined || this.#steps.written);
    const { policy, own } = this.#policies.inForce;
    const planned = plannedDelay(policy, this.#errors++);
    const decision: Decision = {
      index,
      at: this.#now,
      policy,
      own,
      by: purposeful ? "step" : "golem",
      verdict: planned ? "retry" : "fail",
      undone: purposeful ? undefined : this.#policies.undone(open.index),
    };
    this.#decisions.push(decision);
    const at = purposeful ? this.#steps.failedAt(this.#now) : this.#now;
    execution.step = undefined; // of the one before, which it may have ended well
    if (purposeful) {
      this.#policies.disregard(this.#steps.storedAt);
      this.#steps.failed(execution, this.#open[0], open, said, this.#now);
    }
    if (!purposeful) execution.error ??= engineWords(String(entry.error));
    const failed: Failure = { at, execution, onPurpose: purposeful, said };
    const { error } = execution;
    this.#endFailed(failed, "trapped");
    execution.error ??= error;
    execution.decision = decision;
    execution.wait = planned && { at, planned, actual: 0, by: "golem", asked: false, ongoing: true };
    this.#failed = planned && failed;
    if (!planned) Object.assign(open, { outcome: "failed", end: this.#now });
  }

  /** The next execution has begun, or, replayed, has come to the same failure. */
  #signOfLife(index: number, entry: Fields, replayed = false): void {
    const failed = this.#failed;
    if (!failed) return;
    this.#failed = undefined;
    const { execution, mark } = failed;
    const { current } = this.#calls;
    this.#steps.endWait(failed, current as Invocation, this.#seen[mark ?? -1]?.at, this.#now);
    if (entry.type === "ExportedFunctionInvoked" && entry.idempotency_key !== current?.key) return;
    const settles = this.#steps.kept?.failed !== undefined;
    Object.assign(this.#begin(index) ?? {}, { step: settles ? undefined : execution.step, replayed, settles });
  }

  finish(now: number): Omit<Timeline, "start" | "policyAtEnd"> {
    const length = Math.max(now, this.#now);
    if (this.#looping && !this.#failed) {
      this.#failed = this.#looping;
      this.#endFailed(this.#looping, "jumped");
    }
    if (this.#failed) this.#steps.ongoing(this.#failed, length);
    const { current, execution } = this.#calls;
    if (current?.outcome === "running") current.end = length;
    if (execution?.outcome === "running") execution.end = length;
    for (const region of this.#open) region.end = length;
    if (this.#suspended) this.#suspended.end = length;
    return {
      length,
      invocations: this.#calls.all,
      bands: this.#policies.bands(length),
      steps: this.#steps.all,
      regions: this.#regions,
      jumps: this.#jumps,
      events: this.#events,
      decisions: this.#decisions,
    };
  }
}
