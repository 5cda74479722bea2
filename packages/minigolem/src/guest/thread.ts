/**
 * A guest thread: holds the instance of one worker, makes it anew by replay, and runs its exported functions. What it records
 * it hands to the main thread, which writes it down before it acts on anything that was posted later.
 */
import { readlinkSync } from "node:fs";
import process from "node:process";
import { deserialize } from "node:v8";
import { workerData } from "node:worker_threads";
import type { FoundFunction } from "../component/analyse.js";
import { compileScript, type LoadedComponent, loadComponent } from "../component/load.js";
import type { Instantiate } from "../component/script.js";
import { fromGuest } from "../component/values.js";
import { doneInRegion, findHazards } from "../hazards.js";
import { inMiB } from "../limits.js";
import type { HostRetryPolicy, Invocation, OplogEntry, OplogEntryOf, OplogIndex } from "../oplog/entries.js";
import { resolveCall } from "./call-arguments.js";
import { Channel, type Message } from "./channel.js";
import type { GuestClock, GuestContext } from "./context.js";
import { golemImports } from "./golem-api.js";
import { Journal } from "./journal.js";
import type { Completed, LoadMessage, Outcome, PrepareMessage, ScriptMessage, ThreadData } from "./messages.js";
import { offered } from "./offered.js";
import { OplogBudget } from "./oplog-budget.js";
import { type Resources, resources } from "./resources.js";
import { keepByteOrderMarks, seal } from "./seal.js";
import { Exit, Interrupt, Suspend, UpdateFailed } from "./signals.js";
import { trapText } from "./trap.js";
import { wasiImports } from "./wasi/index.js";

/** The invocation that runs, and where it is on record. */
interface Current {
  key: string | undefined;
  traceId: string;
  begin: number;
  policyBefore: HostRetryPolicy;
  /** What it has written to stderr in this execution. */
  stderr: string;
}

const { port, signal, time, offset } = workerData as ThreadData;

if (process.platform === "linux") Atomics.store(signal, 3, Number(readlinkSync("/proc/thread-self").split("/").at(-1)));
seal();
keepByteOrderMarks();

const channel = new Channel(port, signal);
const clock = time ? virtualGuestClock(time) : realGuestClock();

/** The script that was compiled last. */
let compiled: { dir: string; instantiate: Instantiate } | undefined;
let component: LoadedComponent;
let loaded: LoadMessage;
let log: OplogEntry[];
/** Bytes of it, roughly. */
let recorded = 0;
let instances = 0;
let running: { exports: Record<string, unknown>; journal: Journal; current: Current; handles: Resources };

function realGuestClock(): GuestClock {
  const now = () => offset + process.hrtime.bigint();
  return { wall: now, monotonic: now };
}

/** Stands still except for jumps. A component that spins until the time has come sees it move all the same. */
function virtualGuestClock(shared: BigInt64Array<SharedArrayBuffer>): GuestClock {
  const patience = 10_000;
  const step = 1_000n;
  let base = 0n;
  let reads = 0;
  const now = () => {
    const actual = Atomics.load(shared, 0);
    if (actual !== base) {
      base = actual;
      reads = 0;
    }
    reads++;
    return reads <= patience ? base : base + BigInt(reads - patience) * step;
  };
  return { wall: now, monotonic: now };
}

/** Compiled once, be it ahead of need. */
function instantiateOf({ dir, script }: ScriptMessage): Instantiate {
  if (compiled?.dir !== dir) compiled = { dir, instantiate: compileScript(script) };
  return compiled.instantiate;
}

function readScript(message: ScriptMessage): void {
  try {
    instantiateOf(message);
  } catch {
    // Whoever has it loaded is told.
  }
}

async function prepare(message: PrepareMessage): Promise<void> {
  const { dir, modules } = message;
  if (component?.dir !== dir) component = loadComponent(dir, instantiateOf(message), modules);
}

/** Ahead of need: an instance that nobody uses makes the first that is used come four times as fast. */
async function prepareWell(message: PrepareMessage): Promise<void> {
  try {
    await prepare(message);
    component.instantiate(offered());
  } catch {
    // A component that calls its host at once, or cannot be loaded, is no worse off than before.
  }
}

async function load(message: LoadMessage): Promise<void> {
  loaded = message;
  recorded = message.log.reduce((sum, { byteLength }) => sum + byteLength, 0);
  log = message.log.flatMap((batch) => deserialize(batch) as OplogEntry[]);
  await prepare(message);
}

/** A new instance, replayed; an invocation that was not finished goes on. */
function recover(): Outcome {
  const { defaultPolicy, updating, limits } = loaded;
  const budget = new OplogBudget(limits.oplog, recorded);
  const journal = new Journal({
    log,
    now: () => Number(clock.wall() / 1000n) / 1000,
    commit: (entries) => {
      const size = budget.sent();
      recorded += size;
      channel.post({ op: "entries", entries, appended: takeAppended() }, size);
    },
    charge: (entry) => budget.charge(entry),
    updating: updating ? () => channel.post({ op: "replayed" }) : undefined,
  });
  const current: Current = { key: undefined, traceId: "", begin: 0, policyBefore: defaultPolicy, stderr: "" };
  const context: GuestContext = {
    journal,
    channel,
    clock,
    limits,
    worker: loaded.worker,
    instance: ++instances,
    traceId: () => current.traceId,
    stderr(text) {
      current.stderr += text;
    },
    hazard: (kind) => channel.post({ op: "hazard", kind }),
  };
  running = { exports: {}, journal, current, handles: resources(context) };
  return ending(journal, current, () => {
    const imports = { ...wasiImports(context), ...golemImports(context, { invocation: current, defaultPolicy }) };
    running.exports = component.instantiate(imports);
    let completed: Completed | undefined;
    for (let next = journal.nextInvocation(); next; next = journal.nextInvocation()) {
      const { entry } = next;
      const begin = journal.live && loaded.faults ? recordAgain(journal, entry) : next.index;
      completed = call(entry, begin);
    }
    return { kind: "ready", completed };
  });
}

/**
 * Golem 1.2 records an invocation a second time when nothing else of it is on record. It then counts its failures anew (recording
 * `bad-calls`), and when the call succeeds the worker's next recovery fails: it expects the result after the first of the two.
 */
function recordAgain(journal: Journal, { at: _, ...invoked }: OplogEntryOf<"ExportedFunctionInvoked">): OplogIndex {
  const index = journal.add(invoked);
  journal.commit();
  return index;
}

function invoke(invocation: Invocation): Outcome {
  const { journal, current } = running;
  return ending(journal, current, () => {
    const begin = journal.add({ type: "ExportedFunctionInvoked", ...invocation });
    journal.commit();
    return { kind: "ready", completed: call(invocation, begin) };
  });
}

function call(invocation: Invocation, begin: number): Completed {
  const { exports, journal, current, handles } = running;
  current.begin = begin;
  current.policyBefore = journal.policy ?? loaded.defaultPolicy;
  current.stderr = "";
  current.key = invocation.idempotencyKey;
  current.traceId = invocation.traceId;
  const make = (maker: FoundFunction, given: unknown[]) => component.call(exports, maker, given);
  const { found, args } = resolveCall(loaded.exports, invocation, handles, make);
  const result = component.call(exports, found, args);
  const response = found.result ? { typ: found.result, value: fromGuest(found.result, result, handles) } : null;
  const live = journal.live;
  const index = journal.completed(response);
  if (live) watch(journal, current, false);
  return { key: invocation.idempotencyKey, response, index };
}

/** Says what a Golem server would not take well. */
function watch({ skipped }: Journal, { begin, policyBefore }: Current, failed: boolean): void {
  if (begin === 0) return; // it failed while it was made, before any call
  for (const kind of findHazards(log, skipped, begin, failed, policyBefore)) channel.post({ op: "hazard", kind });
}

/** Runs guest code, and says how it ended whatever happens. */
function ending(journal: Journal, current: Current, run: () => Outcome): Outcome {
  const key = () => current.key ?? "";
  try {
    const outcome = run();
    channel.checkInterrupt();
    return outcome;
  } catch (error) {
    const tries = journal.trailingErrors(); // without what is not committed: Golem does not see its write buffer either
    if (error instanceof Interrupt) return { kind: "interrupted", how: error.kind, key: key() };
    if (error instanceof Suspend && doneInRegion(log, journal.skipped))
      channel.post({ op: "hazard", kind: "suspended-in-region" });
    if (error instanceof Suspend) return { kind: "suspended", until: error.until, key: key() };
    if (error instanceof Exit) return { kind: "exited", key: key() };
    const { text, final } = error instanceof UpdateFailed ? error : trapText(error, component.place);
    watch(journal, current, true);
    return {
      kind: "trapped",
      key: key(),
      error: text + memoryNote(),
      stderr: current.stderr,
      final,
      policy: journal.policy,
      tries,
    };
  }
}

/** A toolchain's allocator that gets no more memory traps without a word. */
function memoryNote(): string {
  const [used, most] = [component.memory(), loaded.limits.memory];
  if (used < most * 0.75) return "";
  return `\nThe worker has ${inMiB(used)} of memory, and may have ${inMiB(most)}: let it use less, or raise the limit (--max-memory)`;
}

function run(act: () => Outcome): void {
  appended = 0;
  active = true;
  const outcome = act();
  active = false;
  const memory = component.memory();
  const entries = running.journal.drain();
  channel.post({ op: "outcome", outcome, entries, appended: takeAppended(), memory, recorded });
}

/** While the component runs, the log is this thread's: the main thread has its entries recorded here. */
let active = false;
/** How many entries of the main thread's are recorded here, and not yet handed back to it with the others. */
let appended = 0;

function takeAppended(): number {
  const count = appended;
  appended = 0;
  return count;
}

channel.on("append", ({ entry }) => {
  if (!active) return; // too late: the main thread sees by the count that it has to do it itself
  appended++;
  running.journal.add(entry as never);
  running.journal.commit();
});
channel.on("read", (message) => readScript(message as unknown as ScriptMessage));
channel.on(
  "prepare",
  (message) => void prepareWell(message as unknown as PrepareMessage).then(() => channel.post({ op: "prepared" })),
);
channel.on("load", (message) => {
  load(message as unknown as LoadMessage).then(
    () => channel.post({ op: "loaded" }),
    (error: Error) => channel.post({ op: "load-failed", error: error.stack ?? error.message }),
  );
});
channel.on("recover", ({ entries }: Message) => {
  log.push(...(entries as OplogEntry[]));
  run(recover);
});
channel.on("invoke", ({ entries, invocation }: Message) => {
  running.journal.takeIn(entries as OplogEntry[]);
  run(() => invoke(invocation as Invocation));
});
channel.listen();
