import type { Engine } from "../../packages/minigolem/dist/engine.js";
import type { OplogEntry, OplogIndex } from "../../packages/minigolem/dist/oplog/entries.js";
import type { Laboratory, Patient } from "./laboratory.js";
import type { Life } from "./life.js";
import { type CrashPlan, type CrashPoint, kindOf, type Point } from "./plans.js";
import type { Scenario } from "./scenario.js";
import { type Asking, type Request, UpstreamView } from "./upstream-view.js";

let runs = 0;

/** Most crashes of a run that come when the engine writes something by itself. */
const mostStumbles = 12;

/** One worker through all its crashes. */
export class Run implements Patient, Asking {
  readonly name = `w${++runs}`;
  readonly crashes: CrashPoint[] = [];
  /** How often it was evicted: each time it has crashed after its last entry. */
  evictions = 0;
  readonly scenario: Scenario;
  readonly component: string;
  readonly upstream: UpstreamView;
  /** The upstream's URL for this worker. */
  base = "";
  life!: Life;
  /** Resolves when it has come back from its last crash. */
  revived: Promise<void> = Promise.resolve();
  over = false;
  readonly #laboratory: Laboratory;
  readonly #log: OplogEntry[] = [];
  #plan: CrashPlan | undefined;
  #planned: Point | undefined;
  #stumbles = 0;
  #fail: (error: Error) => void = () => {};
  /** Rejects when something happened that must not. */
  readonly failure = new Promise<never>((_, fail) => {
    this.#fail = fail;
  });

  /** @param script what the requests of a run without a crash were, and what they came to */
  constructor(laboratory: Laboratory, scenario: Scenario, component: string, script?: readonly Request[]) {
    this.#laboratory = laboratory;
    this.scenario = scenario;
    this.component = component;
    this.upstream = new UpstreamView(this, scenario, script);
    this.failure.catch(() => {});
  }

  get workers(): Engine["workers"] {
    return this.#laboratory.engine.workers;
  }

  /** What is on record stays as it is, so only what is new is read. */
  log(): readonly OplogEntry[] {
    const from = this.#log.length + 1;
    this.#log.push(...this.workers.oplog(this.component, this.name, from, Number.MAX_SAFE_INTEGER).entries);
    return this.#log;
  }

  metadata(): ReturnType<Engine["workers"]["metadata"]> {
    return this.workers.metadata(this.component, this.name);
  }

  fail(error: Error): void {
    this.#fail(error);
  }

  pass(milliseconds: number): Promise<void> | undefined {
    return this.#laboratory.engine.time?.advance(milliseconds);
  }

  /** Keeps virtual time where it is. */
  hold(): void {
    this.#laboratory.engine.time?.hold();
  }

  release(): void {
    this.#laboratory.engine.time?.release();
  }

  create(plan: CrashPlan | undefined): void {
    const { patients, upstream } = this.#laboratory;
    patients.set(this.name, this);
    this.base = upstream.open(this.name, this.upstream);
    const env = this.scenario.env?.(this.base) ?? {};
    this.workers.create(this.component, { name: this.name, env });
    this.#plan = plan;
    this.#arm(1);
  }

  born(life: Life): void {
    this.life = life;
    void life.died.then((where) => {
      this.revived = this.#revive(where).catch((error) => this.#fail(error as Error));
    });
  }

  told(what: string): void {
    if (what === "keyvalue.set") this.upstream.settle(); // golem-retry writes there how an execution has failed
    if (what === "keyvalue.delete") this.upstream.unsettle();
  }

  #arm(last: OplogIndex): void {
    this.#planned = this.#plan?.next(last);
    const stumbles = this.#plan?.stumbles && this.#stumbles < mostStumbles;
    this.life.arm(this.#planned?.at, this.#planned?.bare, stumbles, this.#plan?.wants);
  }

  /** From now on it does not crash any more. */
  disarm(): void {
    this.#plan = undefined;
    this.life.arm(undefined);
  }

  async #revive(where: Point): Promise<void> {
    if (this.over) return;
    await this.life.quiet();
    await this.upstream.passing;
    const log = this.log();
    const { length } = log; // it grows with the next life
    if (this.#plan) this.crashes.push({ ...where, entry: kindOf(log[where.at - 1] as OplogEntry) });
    if (where.at !== this.#planned?.at) this.#stumbles++;
    const gap = this.upstream.takeBack();
    if (gap !== undefined && !this.scenario.gap)
      throw new Error(`the request that begins at ${gap} has no end on record, and something came after it`);
    if (this.#plan?.whole) await this.#laboratory.restart();
    else this.workers.reload(this.component, this.name);
    this.#arm(length);
  }

  /** Out of memory, and back from the store. */
  async evict(): Promise<void> {
    const { life } = this;
    life.kill();
    await this.after(life);
    this.evictions++;
  }

  /** Until the worker is there again. */
  async after(life: Life): Promise<void> {
    await life.died;
    await this.revived;
  }

  /** Deletes the worker, whatever it does. */
  async end(): Promise<void> {
    this.disarm();
    this.over = true;
    await this.revived;
    this.life.kill();
    await this.life.quiet();
    await this.upstream.passing; // not in the time of the next run
    this.#laboratory.patients.delete(this.name);
    this.workers.reload(this.component, this.name);
    await this.workers.delete(this.component, this.name);
    this.#laboratory.upstream.close(this.name);
  }
}
