import type { OplogEntry, OplogIndex } from "../../packages/minigolem/dist/oplog/entries.js";
import { Regions } from "../../packages/minigolem/dist/oplog/regions.js";
import { Crash } from "./crashed.js";
import type { Life } from "./life.js";
import { judge, type Sent } from "./oracle.js";
import type { Scenario } from "./scenario.js";
import type { Act, Seen, Sender, Sending } from "./upstream.js";

/** One request of a run without a crash. */
export interface Request extends Sending {
  act: Act;
  seen?: Seen;
}

/** The worker that asks. */
export interface Asking {
  readonly life: Life;
  log(): readonly OplogEntry[];
  /** Lets milliseconds of virtual time go by. */
  pass(milliseconds: number): Promise<void> | undefined;
  /** Something happened that must not. */
  fail(error: Error): void;
}

/** What the upstream sees of one worker through all its crashes, and how it answers. */
export class UpstreamView implements Sender {
  readonly requests: Request[];
  readonly #asking: Asking;
  readonly #scenario: Scenario;
  readonly #script: readonly Request[] | undefined;
  readonly #counts = new Map<string, number>();
  readonly #keys = new Map<string, string>();
  #sent: Sent[] = [];
  #place = 0;
  #settled = 0;
  /** Time goes on until what hangs has been given up. */
  passing: Promise<void> | undefined;

  /** @param script what the requests of a run without a crash were, and what they came to */
  constructor(asking: Asking, scenario: Scenario, script?: readonly Request[]) {
    this.#asking = asking;
    this.#scenario = scenario;
    this.#script = script;
    this.requests = script ? script.map((one) => ({ ...one })) : [];
  }

  /** Requests that have been made, those that a crash had repeated counted once. */
  get asked(): number {
    return this.#place;
  }

  /** What was asked so far is over, although its region is open: its failure is in the key-value store. */
  settle(): void {
    this.#settled = this.#place;
  }

  /** Nothing says any more how it has failed: what is inside a region that is open may be asked again. */
  unsettle(): void {
    this.#settled = 0;
  }

  /** From now on the worker may ask again what its record has no answer to. @returns what {@link judge} says of a gap */
  takeBack(): OplogIndex | undefined {
    const { again, gap } = judge(this.#asking.log(), this.#sent, this.#settled);
    this.#place -= again.length;
    this.#sent = this.#sent.filter((one) => !again.includes(one));
    return gap;
  }

  sends({ method, path }: Sending): ReturnType<Sender["sends"]> {
    const { life } = this.#asking;
    if (life.dead) throw new Crash(); // a message of a thread that is not heard any more
    const place = this.#place++;
    const log = this.#asking.log();
    const skipped = Regions.of(log);
    const begin = log.findLastIndex(({ type }, i) => type === "BeginRemoteWrite" && !skipped.has(i + 1)) + 1;
    this.#sent.push({ place, begin, last: log.length });
    const request = this.requests[place] ?? (this.#script ? undefined : this.#write(method, path));
    if (!request || request.method !== method || request.path !== path) {
      const expected = request
        ? `request ${place + 1} is ${request.method} ${request.path}`
        : `there are ${place} requests`;
      const error = new Error(`the upstream was asked ${method} ${path}, which was over; without a crash ${expected}`);
      this.#asking.fail(error);
      throw error;
    }
    return {
      act: request.act,
      seen: (seen) => this.#compare(request, seen),
      hangs: () => {
        if (!life.dead) this.passing = this.#asking.pass(this.#scenario.limit ?? 0);
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
    const known = this.#keys.get(`${key}`) ?? `${seen.key}`;
    this.#keys.set(`${key}`, known);
    const differs = (what: string, found: string | undefined, before: string) =>
      this.#asking.fail(new Error(`${request.path} got the ${what} ${found}; ${before}`));
    if (body !== seen.body) differs("body", seen.body, `without a crash ${body}`);
    if (known !== `${seen.key}`) differs("idempotency key", seen.key, `before the crash it was ${known}`);
  }
}
