import { setTimeout as pause } from "node:timers/promises";
import type { Engine } from "../../packages/minigolem/dist/engine.js";
import { GolemFault } from "../../packages/minigolem/dist/fault.js";
import type { OplogEntry, OplogIndex } from "../../packages/minigolem/dist/oplog/entries.js";
import { Regions } from "../../packages/minigolem/dist/oplog/regions.js";
import type { Laboratory, Patient } from "./laboratory.js";
import { Crash, type Life } from "./life.js";
import { normal, story } from "./normal.js";
import { judge, type Sent } from "./oracle.js";
import type { CrashPlan, CrashPoint } from "./plans.js";
import type { Call, Scenario } from "./scenario.js";
import type { Act, Seen, Sender, Sending } from "./upstream.js";

/** One request of a run without a crash. */
export interface Request extends Sending {
  act: Act;
  seen?: Seen;
}

let runs = 0;

/** One worker, and what its callers and the upstream see of it, through all its crashes. */
export class Run implements Patient, Sender {
  readonly name = `w${++runs}`;
  readonly crashes: CrashPoint[] = [];
  readonly requests: Request[];
  readonly #laboratory: Laboratory;
  readonly #scenario: Scenario;
  readonly #component: string;
  readonly #script: readonly Request[] | undefined;
  readonly #counts = new Map<string, number>();
  readonly #keys = new Map<string, string>();
  readonly #log: OplogEntry[] = [];
  #plan: CrashPlan | undefined;
  #life!: Life;
  #base = "";
  #sent: Sent[] = [];
  #place = 0;
  #over = false;
  /** Time goes on until what hangs has been given up. */
  #passing: Promise<void> | undefined;
  #bare = false;
  #settled = 0;
  #revived: Promise<void> = Promise.resolve();
  #fail: (error: Error) => void = () => {};
  /** Rejects when something happened that must not. */
  readonly failure = new Promise<never>((_, fail) => {
    this.#fail = fail;
  });

  /** @param script what the requests of a run without a crash were, and what they came to */
  constructor(laboratory: Laboratory, scenario: Scenario, component: string, script?: readonly Request[]) {
    this.#laboratory = laboratory;
    this.#scenario = scenario;
    this.#component = component;
    this.#script = script;
    this.requests = script ? script.map((one) => ({ ...one })) : [];
    this.failure.catch(() => {});
  }

  get #workers() {
    return this.#laboratory.engine.workers;
  }

  /** Requests that have been made, those that a crash had repeated counted once. */
  get asked(): number {
    return this.#place;
  }

  /** What is on record stays as it is, so only what is new is read. */
  log(): readonly OplogEntry[] {
    const from = this.#log.length + 1;
    this.#log.push(...this.#workers.oplog(this.#component, this.name, from, Number.MAX_SAFE_INTEGER).entries);
    return this.#log;
  }

  /** How its present life stands, for an error. */
  get story(): string {
    return this.#life.story;
  }

  metadata(): ReturnType<Engine["workers"]["metadata"]> {
    return this.#workers.metadata(this.#component, this.name);
  }

  // ---- its life

  create(plan: CrashPlan | undefined): void {
    const { patients, upstream } = this.#laboratory;
    patients.set(this.name, this);
    this.#base = upstream.open(this.name, this);
    const env = this.#scenario.env?.(this.#base) ?? {};
    this.#workers.create(this.#component, { name: this.name, env });
    this.#plan = plan;
    this.#arm(1);
  }

  born(life: Life): void {
    this.#life = life;
    void life.died.then((at) => {
      this.#revived = this.#revive(at).catch((error) => this.#fail(error as Error));
    });
  }

  told(what: string): void {
    // golem-retry writes there how an execution has failed: it is over, although its region is open.
    if (what === "keyvalue.set") this.#settled = this.#place;
  }

  #arm(last: OplogIndex): void {
    const next = this.#plan?.next(last);
    this.#bare = next?.bare ?? false;
    this.#life.arm(next?.at, next?.bare);
  }

  /** From now on it does not crash any more. */
  disarm(): void {
    this.#plan = undefined;
    this.#life.arm(undefined);
  }

  async #revive(at: OplogIndex): Promise<void> {
    if (this.#over) return;
    await this.#life.quiet();
    await this.#passing;
    const log = this.log();
    const { length } = log; // it grows with the next life
    if (this.#plan) this.crashes.push({ at, bare: this.#bare, entry: (log[at - 1] as OplogEntry).type });
    const { again, gap } = judge(log, this.#sent, this.#settled);
    if (gap !== undefined && !this.#scenario.gap)
      throw new Error(`the request that begins at ${gap} has no end on record, and something came after it`);
    this.#place -= again.length;
    this.#sent = this.#sent.filter((one) => !again.includes(one));
    if (this.#plan?.whole) await this.#laboratory.restart();
    else this.#workers.reload(this.#component, this.name);
    this.#arm(length);
  }

  /** Out of memory, and back from the store. */
  async evict(): Promise<void> {
    const life = this.#life;
    life.kill();
    await this.#after(life);
  }

  /** Until the worker is there again. */
  async #after(life: Life): Promise<void> {
    await life.died;
    await this.#revived;
  }

  /** Deletes the worker, whatever it does. */
  async end(): Promise<void> {
    this.disarm();
    this.#over = true;
    await this.#revived;
    this.#life.kill();
    await this.#life.quiet();
    await this.#passing; // not in the time of the next run
    this.#laboratory.patients.delete(this.name);
    this.#workers.reload(this.#component, this.name);
    await this.#workers.delete(this.#component, this.name);
    this.#laboratory.upstream.close(this.name);
  }

  // ---- the upstream's view

  sends({ method, path }: Sending): ReturnType<Sender["sends"]> {
    const life = this.#life;
    if (life.dead) throw new Crash(); // a message of a thread that is not heard any more
    const place = this.#place++;
    const log = this.log();
    const skipped = Regions.of(log);
    const begin = log.findLastIndex(({ type }, i) => type === "BeginRemoteWrite" && !skipped.has(i + 1)) + 1;
    this.#sent.push({ place, begin, last: log.length });
    const request = this.requests[place] ?? (this.#script ? undefined : this.#write(method, path));
    if (!request || request.method !== method || request.path !== path) {
      const expected = request
        ? `request ${place + 1} is ${request.method} ${request.path}`
        : `there are ${place} requests`;
      const error = new Error(`the upstream was asked ${method} ${path}, which was over; without a crash ${expected}`);
      this.#fail(error);
      throw error;
    }
    return {
      act: request.act,
      seen: (seen) => this.#compare(request, seen),
      hangs: () => {
        if (!life.dead) this.#passing = this.#laboratory.engine.time?.advance(this.#scenario.limit ?? 0);
      },
    };
  }

  #write(method: string, path: string): Request {
    const count = (this.#counts.get(path) ?? 0) + 1;
    this.#counts.set(path, count);
    const request = { method, path, act: this.#scenario.answers({ method, path }, count) };
    this.requests.push(request);
    return request;
  }

  /** Idempotency keys are other ones in each run, but for each of the first run there is one of this one. */
  #compare(request: Request, seen: Seen): void {
    if (!this.#script) {
      request.seen = seen;
      return;
    }
    const { key, body } = request.seen ?? { key: undefined, body: "" };
    if (body !== seen.body) this.#fail(new Error(`${request.path} got the body ${seen.body}; without a crash ${body}`));
    const known = this.#keys.get(`${key}`) ?? `${seen.key}`;
    this.#keys.set(`${key}`, known);
    if (known !== `${seen.key}`)
      this.#fail(new Error(`${request.path} got the idempotency key ${seen.key}; before the crash it was ${known}`));
  }

  // ---- its callers

  /** Asks until there is an answer, as a client does whose connection breaks. */
  async call({ function: name, params }: Call, key: string): Promise<string> {
    while (!this.#over) {
      await this.#revived;
      const life = this.#life;
      try {
        const crashed = life.died.then(() => Promise.reject(new Crash()));
        crashed.catch(() => {});
        const { response } = await Promise.race([this.#invoke(name, params, key), crashed]);
        return normal(response?.value ?? null, this.#base);
      } catch (error) {
        if (error instanceof Crash || life.dead) await this.#after(life);
        else if (!(error instanceof GolemFault)) throw error;
        else if (this.metadata().status !== "Retrying") return story(error, this.metadata().lastError);
        else await pause(1);
      }
    }
    throw new Crash();
  }

  #invoke(name: string, params: unknown[], key: string) {
    const [site] = this.#workers.exports(this.#component, this.name);
    const found = site && "functions" in site ? site.functions.find((one) => one.name === name) : undefined;
    if (!found) throw new Error(`${this.#scenario.name}: the component exports no function ${name}`);
    const given = JSON.parse(JSON.stringify(params).replaceAll("upstream", this.#base)) as unknown[];
    return this.#workers.invoke(this.#component, this.name, {
      functionName: `${site?.name}.{${name}}`,
      idempotencyKey: key,
      request: found.parameters.map(({ typ }, i) => ({ typ, value: given[i] ?? null })),
    });
  }

  /** Does something that a crash may cut off, until what it leaves on record is there. */
  async persist(act: () => unknown, done: () => boolean): Promise<void> {
    while (!this.#over && !done()) {
      await this.#revived;
      const life = this.#life;
      try {
        await act();
        while (!life.dead && !this.#over && !done()) await pause(1);
      } catch (error) {
        if (!(error instanceof Crash || life.dead)) throw error;
      }
      if (life.dead) await this.#after(life);
    }
  }

  update(version: number): Promise<void> {
    const settled = () =>
      this.metadata().updates.some(({ type, targetVersion }) => type !== "pendingUpdate" && targetVersion === version);
    return this.persist(() => {
      if (this.metadata().updates.length === 0) return this.#workers.update(this.#component, this.name, version);
    }, settled);
  }

  revert(): Promise<void> {
    const reverts = () => this.log().filter(({ type }) => type === "Revert").length;
    const before = reverts();
    return this.persist(
      () => this.#workers.revert(this.#component, this.name, { numberOfInvocations: 1 }),
      () => reverts() > before,
    );
  }

  /** Completes the promise that it waits for. */
  complete(data: number[]): Promise<void> {
    let completed = false;
    const act = () => {
      const log = this.log();
      const skipped = Regions.of(log);
      const index = log.findLastIndex(({ type }, i) => type === "NoOp" && !skipped.has(i + 1)) + 1; // its number
      this.#workers.complete(this.#component, this.name, index, Uint8Array.from(data));
      completed = true;
    };
    return this.persist(act, () => completed);
  }

  /** Interrupts it and resumes it. */
  async interrupt(): Promise<void> {
    const status = () => this.metadata().status;
    const stopped = () => status() !== "Suspended" && status() !== "Running";
    await this.persist(() => this.#workers.interrupt(this.#component, this.name, "interrupt"), stopped);
    await this.persist(
      () => this.#workers.resume(this.#component, this.name),
      () => status() !== "Interrupted",
    );
  }

  hold(): void {
    this.#laboratory.engine.time?.hold();
  }

  release(): void {
    this.#laboratory.engine.time?.release();
  }
}
