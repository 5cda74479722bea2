import type { Fields } from "./entries.js";
import { type Answer, answered, answerOf } from "./http.js";
import type { Execution, Invocation, Outcome, Request } from "./model.js";
import type { Policy } from "./policy.js";

/** The invocations of an oplog, and the one that is being executed. */
export class Calls {
  readonly all: Invocation[] = [];
  /** Executions of an invocation before it was taken up again. */
  #before = 0;
  #sent: Request | undefined;

  get current(): Invocation | undefined {
    return this.all.at(-1);
  }

  /** The current invocation, unless it has ended. */
  get open(): Invocation | undefined {
    return this.current?.outcome === "completed" || this.current?.outcome === "failed" ? undefined : this.current;
  }

  get execution(): Execution | undefined {
    return this.current?.executions.at(-1);
  }

  invoke(index: number, at: number, entry: Fields): void {
    const full = String(entry.function_name);
    const name = /\.\{([^}]*)\}/.exec(full)?.[1] ?? full;
    const key = String(entry.idempotency_key);
    this.#before = 0;
    this.#push({ index, at, name, key, again: false });
  }

  #push(call: Pick<Invocation, "index" | "at" | "name" | "key" | "again">): void {
    this.all.push({ ...call, end: call.at, outcome: "running", executions: [], dropped: undefined });
  }

  /**
   * Golem goes back to an index.
   * @returns how many calls that had ended are rewritten, the one that is taken up again included
   */
  goBack(start: number, index: number, at: number): number {
    const target = this.all.findLast((call) => call.index < start && call.dropped === undefined);
    const lost = this.all.filter((call) => call.index >= start && call.dropped === undefined);
    const rewritten = lost.filter(({ outcome }) => outcome === "completed" || outcome === "failed").length;
    const reopened = target && (lost.length > 0 || this.open !== target);
    for (const call of lost) call.dropped = index;
    if (!reopened) return rewritten;
    this.#before += target.executions.length;
    this.#push({ index, at, name: target.name, key: target.key, again: true });
    return rewritten + (target.outcome === "running" ? 0 : 1);
  }

  /** A Revert takes calls out of the history. */
  revert({ start, end }: { start: number; end: number }, index: number): number {
    const lost = this.all.filter((call) => call.index >= start && call.index <= end && call.dropped === undefined);
    for (const call of lost) call.dropped = index;
    return lost.length;
  }

  begin(index: number, at: number, policy: Policy): Execution | undefined {
    const { current } = this;
    if (!current) return undefined;
    const execution: Execution = {
      index,
      number: this.#before + current.executions.length + 1,
      at,
      end: at,
      outcome: "running",
      requests: [],
      error: undefined,
      place: undefined,
      policy,
      decision: undefined,
      wait: undefined,
      step: undefined,
      replayed: false,
      settles: false,
    };
    current.executions.push(execution);
    current.outcome = "running";
    return execution;
  }

  end(outcome: Outcome, of: Invocation["outcome"], at: number, policy: Policy): void {
    const { open, execution } = this;
    if (!open || !execution || execution.outcome !== "running") return;
    Object.assign(execution, { outcome, end: at, policy });
    Object.assign(open, { outcome: of, end: at });
  }

  /** A request goes out. */
  send(index: number, at: number): void {
    this.#sent = { index, at, end: at, method: "", url: "", path: "", status: undefined, failure: undefined };
    this.execution?.requests.push(this.#sent);
  }

  /** A span says where a request goes, before there is an answer. */
  span(entry: Fields): void {
    const sent = this.#sent;
    if (sent?.url !== "") return;
    const attributes = (entry.attributes ?? {}) as Record<string, { value?: unknown }>;
    const uri = String(attributes["request.uri"]?.value ?? "");
    sent.method = String(attributes["request.method"]?.value ?? "");
    sent.url = uri.replace(/^\w+:\/\//, "");
    sent.path = sent.url.replace(/^[^/?]*/, "");
  }

  answer(index: number, at: number, entry: Fields): void {
    if (entry.function_name !== answered) return;
    const answer = answerOf(entry);
    if (!answer) return;
    const open = this.#open(answer);
    if (open) Object.assign(open, { index, end: at, ...answer });
    else this.execution?.requests.push({ index, at, end: at, ...answer });
  }

  /** The request of the current execution that an answer belongs to: the first without one that goes there. */
  #open({ url }: Answer): Request | undefined {
    const waiting = this.execution?.requests.filter(({ status, failure }) => status === undefined && !failure) ?? [];
    return waiting.find((one) => one.url === url) ?? waiting.find((one) => one.url === "") ?? waiting[0];
  }
}
