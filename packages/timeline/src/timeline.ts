import { plannedDelay } from "./delay.js";
import {
  droppedRegions,
  duration,
  type Fields,
  fieldsOf,
  hints,
  type IndexedEntry,
  milliseconds,
  type Policy,
  policyOf,
  samePolicy,
} from "./entries.js";

/** An HTTP request of the component's. `at` and `end` are milliseconds since the timeline's start, here and in what follows. */
export interface Request {
  at: number;
  /** Of the answer's headers. */
  end: number;
  method: string;
  /** With its query. */
  path: string;
  /** Undefined: there was no answer, for the reason in `error`. */
  status: number | undefined;
  /** Golem's word for why there was no answer, such as `ConnectionRefused`. */
  error: string | undefined;
}

/** What was waited before an execution. */
export interface Wait {
  at: number;
  /** Milliseconds that the policy, or the step, said: least and most, as jitter is random. */
  planned: { least: number; most: number };
  /** Milliseconds. */
  actual: number;
  /** Who waits: Golem, by the policy in force, or a durable step of golem-retry, which sleeps. */
  by: "golem" | "step";
}

/** How an execution ended. Running: it has not. */
export type Outcome = "completed" | "trapped" | "interrupted" | "running";

/** One run of a function, from its first entry or from where it was taken up again. */
export interface Execution {
  /** 1 for the first of its invocation. */
  number: number;
  at: number;
  end: number;
  outcome: Outcome;
  requests: Request[];
  /** Of a failure: what the component said, in one line. */
  error: string | undefined;
  /** In force at its end, and so what decides on a retry. */
  policy: Policy;
  /** Before the next execution. */
  wait: Wait | undefined;
  /** Of a failure of a durable step: its `region`. Executions of one step have it in common. */
  step: number | undefined;
  /** Nothing of it went out: it replayed what is on record, up to the same failure. */
  replayed: boolean;
}

/** A call of an exported function, with all its executions. */
export interface Invocation {
  /** `fetch-order` of `demo:http-caller-exports/api.{fetch-order}`. */
  name: string;
  /** Its idempotency key. */
  key: string;
  at: number;
  end: number;
  outcome: "completed" | "failed" | "interrupted" | "running";
  executions: Execution[];
}

/** A policy in force for a while. */
export interface Band {
  at: number;
  end: number;
  policy: Policy;
  /** The server's own, or one that is the same. */
  own: boolean;
}

/** A durable step of golem-retry that did not succeed at once: it keeps count and waits by itself. */
export interface Step {
  /** Oplog index at which its region began; of a loop in place, which has none, at which it first failed. */
  region: number;
  /** Who executes again: Golem, from the region on, or the component itself. */
  again: "region" | "loop";
  /** What its policy allows, as it says at each failure; undefined if it said nothing. */
  retries: number | undefined;
  at: number;
  end: number;
  waits: Wait[];
}

/** What {@link timeline} reads from an oplog. */
export interface Timeline {
  /** Milliseconds since 1970. */
  start: number;
  /** Length in milliseconds. */
  length: number;
  invocations: Invocation[];
  /** Which policy was in force when, without a gap. */
  bands: Band[];
  steps: Step[];
  /** In force at the end, replays considered: what a Jump or Revert dropped is not. */
  policyAtEnd: Policy;
}

/** The trap by which a durable step of golem-retry fails on purpose. */
const onPurpose = /Attempted to jump forward in oplog/;
/** What a step says when it has failed, after whatever its body said. */
const verdicts = /^execution (\d+) of (\d+) failed: (?:.*; next in ([\d.]+[a-z]+)$)?.*$/gm;
const lastVerdict = (text: string) => [...text.matchAll(verdicts)].at(-1);
const responseName = "http::types::future_incoming_response::get";
const noise = /^(monotonic_clock|wall_clock|golem random|golem io::poll|golem_environment|cli::preopens)/;

/**
 * From a worker's oplog: what was tried when, under which retry policy, and what was waited.
 * @param entries all of it, from the first on
 * @param defaultPolicy the server's own, in force until the component sets another
 */
export function timeline(entries: readonly IndexedEntry[], { defaultPolicy }: { defaultPolicy: Policy }): Timeline {
  const first = entries[0];
  const start = first ? milliseconds(first.entry.timestamp) : 0;
  const reader = new Reader(start, defaultPolicy);
  for (const indexed of entries) reader.read(indexed.oplogIndex, fieldsOf(indexed));
  return { start, ...reader.finish(), policyAtEnd: policyAtEnd(entries, defaultPolicy) };
}

/** The policy in force at the end of an oplog. */
export function policyAtEnd(entries: readonly IndexedEntry[], defaultPolicy: Policy): Policy {
  const dropped = droppedRegions(entries);
  const last = entries.findLast(
    ({ oplogIndex, entry }) =>
      entry.type === "ChangeRetryPolicy" && !dropped.some(({ start, end }) => oplogIndex >= start && oplogIndex <= end),
  );
  return last ? policyOf(fieldsOf(last)) : defaultPolicy;
}

class Reader {
  readonly #start: number;
  readonly #invocations: Invocation[] = [];
  readonly #bands: Band[];
  readonly #defaultPolicy: Policy;
  /** Policies by the index at which they were set, for a Jump to take back. */
  #set: { index: number; policy: Policy }[] = [];
  #errors = 0;
  #stderr = "";
  #sent: { at: number; index: number } | undefined;
  #now = 0;
  #regions: { index: number; at: number }[] = [];
  readonly #steps: Step[] = [];
  /** A retry that has not shown a sign of life: since when, and by what error. */
  #failed: { at: number; execution: Execution; onPurpose: boolean } | undefined;
  /** A step that is to go on no earlier. */
  #due: number | undefined;
  /** When the wall clock was last read: a step does so when it has failed, before it keeps when it is due. */
  #clockRead = 0;
  #stepFailed: number | undefined;
  /** A loop in place has failed, and waits: the index at which it said so, the number of the execution, and what it said. */
  #looping: { index: number; number: number; retries: number; at: number; planned: number } | undefined;

  constructor(start: number, defaultPolicy: Policy) {
    this.#start = start;
    this.#defaultPolicy = defaultPolicy;
    this.#bands = [{ at: 0, end: 0, policy: defaultPolicy, own: true }];
  }

  get #policy(): Policy {
    return this.#set.at(-1)?.policy ?? this.#defaultPolicy;
  }

  get #invocation(): Invocation | undefined {
    return this.#invocations.at(-1);
  }

  get #execution(): Execution | undefined {
    return this.#invocation?.executions.at(-1);
  }

  read(index: number, entry: Fields): void {
    this.#now = Math.max(this.#now, milliseconds(entry.timestamp) - this.#start);
    if (entry.type === "Error") return this.#error(index, entry);
    if (entry.type === "Log" && entry.level === "Stderr") this.#says(index, String(entry.message));
    if (entry.type === "Revert") this.#drop(entry.dropped_region as { start: number; end: number });
    if (entry.type === "Interrupted") return this.#end("interrupted", "interrupted");
    if (hints.has(entry.type)) return;
    if (!(this.#failed?.onPurpose && isStepsOwn(entry))) this.#signOfLife(index, entry);
    if (!isStepsOwn(entry)) this.#loopsOn();
    this.#errors = 0;
    switch (entry.type) {
      case "ExportedFunctionInvoked":
        return this.#invoked(entry);
      case "ExportedFunctionCompleted":
        return this.#end("completed", "completed");
      case "ChangeRetryPolicy":
        this.#set.push({ index, policy: policyOf(entry) });
        return this.#band();
      case "Jump":
        return this.#drop(entry.jump as { start: number; end: number });
      case "BeginAtomicRegion":
        this.#regions.push({ index, at: this.#now });
        return;
      case "EndAtomicRegion":
        return this.#close(Number(entry.begin_index));
      case "BeginRemoteWrite":
        this.#sent = { at: this.#now, index };
        return;
      case "ImportedFunctionInvoked":
        return this.#imported(entry);
    }
  }

  #says(index: number, message: string): void {
    this.#stderr += message;
    const [, number, executions, wait] = lastVerdict(message) ?? [];
    if (wait === undefined) return;
    const retries = Number(executions) - 1;
    this.#looping = { index, number: Number(number), retries, at: this.#now, planned: duration(wait) };
  }

  /** What failed in a loop is executed again; had it trapped, it were no loop. */
  #loopsOn(): void {
    const failed = this.#looping;
    if (!failed) return;
    this.#looping = undefined;
    const { index, number, retries, at, planned } = failed;
    const loop = this.#loop(index, number, retries, at);
    loop?.waits.push({ at, planned: { least: planned, most: planned }, actual: this.#now - at, by: "step" });
    if (loop) loop.end = this.#now;
  }

  /** The loop in place that failed for the nth time. */
  #loop(index: number, number: number, retries: number | undefined, at = this.#now): Step | undefined {
    if (number === 1) this.#steps.push({ region: index, again: "loop", retries, at, end: this.#now, waits: [] });
    return this.#steps.findLast((step) => step.again === "loop");
  }

  #band(): void {
    const last = this.#bands.at(-1) as Band;
    const own = samePolicy(this.#policy, this.#defaultPolicy); // also one put back as it was
    if (samePolicy(last.policy, this.#policy) && last.own === own) return;
    last.end = this.#now;
    if (last.at === last.end) this.#bands.pop();
    this.#bands.push({ at: this.#now, end: this.#now, policy: this.#policy, own });
  }

  #drop({ start, end }: { start: number; end: number }): void {
    this.#set = this.#set.filter(({ index }) => index < start || index > end);
    this.#regions = this.#regions.filter(({ index }) => index < start || index > end);
    this.#band();
  }

  #close(region: number): void {
    this.#regions = this.#regions.filter(({ index }) => index !== region);
    const step = this.#steps.findLast((one) => one.region === region);
    if (step) step.end = this.#now;
  }

  #invoked(entry: Fields): void {
    const key = String(entry.idempotency_key);
    const last = this.#invocation;
    if (last?.key === key && last.outcome === "running") return; // Golem writes it again when nothing else is on record
    this.#stderr = "";
    this.#failed = undefined;
    const name = /\.\{([^}]*)\}/.exec(String(entry.function_name))?.[1] ?? String(entry.function_name);
    this.#invocations.push({ name, key, at: this.#now, end: this.#now, outcome: "running", executions: [] });
    this.#begin();
  }

  #begin(): void {
    const executions = this.#invocation?.executions;
    if (!executions) return;
    executions.push({
      number: executions.length + 1,
      at: this.#now,
      end: this.#now,
      outcome: "running",
      requests: [],
      error: undefined,
      policy: this.#policy,
      wait: undefined,
      step: undefined,
      replayed: false,
    });
  }

  #end(outcome: Outcome, of: Invocation["outcome"]): void {
    const [invocation, execution] = [this.#invocation, this.#execution];
    if (!invocation || !execution || invocation.outcome === "completed") return;
    Object.assign(execution, { outcome, end: this.#now, policy: this.#policy });
    Object.assign(invocation, { outcome: of, end: this.#now });
  }

  #imported(entry: Fields): void {
    const name = String(entry.function_name);
    if (name === "golem keyvalue::eventual::get") this.#due = dueOf(entry, this.#start) ?? this.#due;
    if (name === "wall_clock::now") this.#clockRead = clockOf(entry, this.#start) ?? this.#now;
    if (name === "golem keyvalue::eventual::set") this.#stepFailed = this.#clockRead;
    if (name !== responseName) return;
    const value = (entry.response as { value?: unknown })?.value;
    const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? Number(v) : v)) ?? "";
    if (/^("pending"|\{"pending")/i.test(text)) return;
    const status = /"status":\s*(\d+)/.exec(text)?.[1];
    const request = (entry.request as { value?: { uri?: unknown; method?: unknown } })?.value ?? {};
    this.#execution?.requests.push({
      at: this.#sent?.at ?? this.#now,
      end: this.#now,
      method: methodOf(request.method),
      path: String(request.uri ?? "").replace(/^[^/]*/, "") || "/",
      status: status === undefined ? undefined : Number(status),
      error: status === undefined ? text : undefined,
    });
  }

  #error(index: number, entry: Fields): void {
    this.#looping = undefined;
    if (this.#failed) this.#signOfLife(undefined, entry); // a replay that came to the same failure
    const execution = this.#execution;
    if (!execution) return;
    const purposeful = onPurpose.test(String(entry.error));
    const region = purposeful ? this.#regions[0] : undefined;
    const said = purposeful ? lastVerdict(this.#stderr) : undefined;
    const retries = said ? Number(said[2]) - 1 : undefined;
    if (region && !this.#steps.some((step) => step.region === region.index))
      this.#steps.push({ region: region.index, again: "region", retries, at: region.at, end: this.#now, waits: [] });
    const step = region
      ? this.#steps.find((step) => step.region === region.index)
      : said && this.#loop(index, Number(said[1]), retries);
    if (step) step.end = this.#now;
    Object.assign(execution, {
      outcome: "trapped",
      end: this.#now,
      policy: this.#policy,
      error: said?.[0] ?? firstLine(this.#stderr) ?? firstLine(String(entry.error)),
      step: step?.region,
    });
    this.#stderr = "";
    const planned = plannedDelay(this.#policy, this.#errors);
    this.#errors++;
    if (planned) {
      const at = purposeful ? (this.#stepFailed ?? this.#now) : this.#now;
      execution.wait = { at, planned, actual: 0, by: "golem" };
      this.#failed = { at, execution, onPurpose: purposeful };
      this.#due = undefined;
    } else {
      this.#failed = undefined;
      const invocation = this.#invocation as Invocation;
      Object.assign(invocation, { outcome: "failed", end: this.#now });
    }
  }

  /** Golem has taken the worker up again. */
  #signOfLife(index: number | undefined, entry: Fields): void {
    const failed = this.#failed;
    if (!failed) return;
    this.#failed = undefined;
    const { execution } = failed;
    const wait = execution.wait as Wait;
    wait.actual = this.#now - failed.at;
    if (failed.onPurpose && this.#due !== undefined) {
      const planned = Math.max(0, this.#due - failed.at);
      execution.wait = { ...wait, planned: { least: planned, most: planned }, by: "step" };
      this.#steps.find((step) => step.region === execution.step)?.waits.push(execution.wait);
      this.#due = undefined;
    }
    if (entry.type === "ExportedFunctionInvoked" && (entry.idempotency_key as string) !== this.#invocation?.key) return;
    this.#begin();
    const next = this.#execution as Execution;
    next.step = execution.step;
    next.replayed = index === undefined;
    if (next.replayed) next.at = this.#now;
  }

  finish(): Omit<Timeline, "start" | "policyAtEnd"> {
    (this.#bands.at(-1) as Band).end = this.#now;
    const [invocation, execution] = [this.#invocation, this.#execution];
    if (invocation?.outcome === "running") invocation.end = this.#now;
    if (execution?.outcome === "running") execution.end = this.#now;
    if (this.#failed) (this.#failed.execution.wait as Wait).actual = this.#now - this.#failed.at;
    return { length: this.#now, invocations: this.#invocations, bands: this.#bands, steps: this.#steps };
  }
}

/** What a durable step does before its wait is over: no sign of the next execution. */
function isStepsOwn(entry: Fields): boolean {
  if (entry.type === "Jump" || entry.type === "NoOp") return true;
  if (entry.type !== "ImportedFunctionInvoked") return false;
  const name = String(entry.function_name);
  return noise.test(name) || name === "golem keyvalue::eventual::get";
}

/** What the component was told. */
function clockOf(entry: Fields, start: number): number | undefined {
  const { seconds, nanoseconds } = ((entry.response as { value?: { ok?: unknown } })?.value?.ok ?? {}) as Record<
    string,
    unknown
  >;
  if (seconds === undefined || nanoseconds === undefined) return undefined;
  return Number(seconds) * 1000 + Math.floor(Number(nanoseconds) / 1e6) - start;
}

/** A step keeps when it is due beside its count, as JSON in wasi:keyvalue. */
function dueOf(entry: Fields, start: number): number | undefined {
  const found = ((entry.response as { value?: { ok?: unknown } })?.value?.ok ?? undefined) as unknown;
  if (!Array.isArray(found)) return undefined;
  try {
    const { due } = JSON.parse(new TextDecoder().decode(Uint8Array.from(found as number[]))) as { due?: unknown };
    return typeof due === "number" && due > 0 ? due - start : undefined;
  } catch {
    return undefined;
  }
}

function methodOf(method: unknown): string {
  if (typeof method === "string") return method.toUpperCase();
  if (typeof method === "object" && method !== null) return (Object.keys(method)[0] ?? "GET").toUpperCase();
  return "GET";
}

/** The first line that says something. */
function firstLine(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "" && line !== "Stack:" && !line.startsWith("Redirecting call to abort"));
}
