import type { IndexedEntry, WorkerStatus } from "golem-client";
import { type Duration, golemDefaults, nanoseconds } from "golem-retry/policy";
import { type Policy, policyText, type Timeline, timeline } from "golem-timeline";

/** What comes next for a worker, and who decides about it. */
export interface Outlook {
  /** Executions after the first of the last invocation. */
  retries: number;
  decider: Decider;
  next: NextRetry | undefined;
}

/** Who decides whether and when there is a retry. */
export interface Decider {
  by: "server" | "component" | "step";
  /** What it decides: `3 retries, 100ms ×3 ≤ 1s`. */
  policy: string;
  /** Whose it is: `server's own`. */
  whose: string;
}

/** A retry that is planned. Times are milliseconds since 1970, by the server's clock. */
export interface NextRetry {
  /** When the wait began. */
  since: number;
  /** The earliest: without jitter. */
  at: number;
  /** The latest: with all the jitter that can be. */
  latest: number;
}

/** Golem 1.2's own policy. A server doesn't tell its policy over REST, so this one is assumed where a component has set none. */
export const defaultPolicy: Policy = {
  retries: golemDefaults.retries,
  minDelay: Number(golemDefaults.minDelay) / 1e6,
  maxDelay: Number(golemDefaults.maxDelay) / 1e6,
  multiplier: golemDefaults.multiplier,
  jitter: golemDefaults.jitter,
};

/** What the oplog says about the worker's future. */
export function outlook(entries: readonly IndexedEntry[], status: WorkerStatus): Outlook {
  const story = timeline(entries, { defaultPolicy });
  const last = story.invocations.at(-1);
  const retries = Math.max(0, (last?.executions.length ?? 0) - 1);
  const over = status === "Failed" || status === "Exited" || status === "Idle" || status === "Interrupted";
  const step = stepsVerdict(entries);
  const decider = step?.decider ?? deciderOf(story);
  return { retries, decider, next: over ? undefined : step ? step.next : golemsNext(story) };
}

function deciderOf({ bands, policyAtEnd }: Timeline): Decider {
  const own = bands.at(-1)?.own ?? true;
  return {
    by: own ? "server" : "component",
    policy: policyText(policyAtEnd),
    whose: own ? "server's own" : "set by the component",
  };
}

function golemsNext({ start, invocations }: Timeline): NextRetry | undefined {
  const { wait, outcome } = invocations.at(-1)?.executions.at(-1) ?? {};
  if (!wait || outcome !== "trapped" || wait.by === "step") return undefined;
  const since = start + wait.at;
  return { since, at: since + wait.planned.least, latest: since + wait.planned.most };
}

/** `execution 2 of 6 failed: …; next in 1s`: a durable step of golem-retry writes it to stderr when it has failed. */
const verdict = /^execution (\d+) of (\d+) failed:?.*?(?:; next in ([\d.]+(?:h|m|s|ms|us|ns)))?$/gm;

/** What a durable step said last, as long as nothing else has happened. It decides by itself, whatever policy is on record. */
function stepsVerdict(entries: readonly IndexedEntry[]): { decider: Decider; next: NextRetry | undefined } | undefined {
  for (let i = entries.length - 1; i >= 0; i--) {
    const { entry } = entries[i] as IndexedEntry;
    if (entry.type === "Log") {
      const said = [...entry.message.matchAll(verdict)].at(-1);
      if (!said) continue;
      const [, number, executions, wait] = said;
      const retries = Number(executions) - 1;
      const whose = wait === undefined ? "durable step, which gave up" : `durable step, retry ${number} comes next`;
      const policy = retries === 1 ? "1 retry" : `${retries} retries`;
      return { decider: { by: "step", policy, whose }, next: nextAfter(entry.timestamp, wait) };
    }
    if (!isPartOfTheWait(entry)) return undefined;
  }
  return undefined;
}

function nextAfter(timestamp: string, wait: string | undefined): NextRetry | undefined {
  if (wait === undefined) return undefined;
  const since = Date.parse(timestamp);
  const at = since + Number(nanoseconds(wait as Duration)) / 1e6;
  return { since, at, latest: at };
}

/** What a durable step does between its failure and its next execution. */
function isPartOfTheWait(entry: IndexedEntry["entry"]): boolean {
  if (entry.type !== "ImportedFunctionInvoked")
    return /^(Error|Jump|NoOp|ChangeRetryPolicy|Suspend|GrowMemory|Restart)$/.test(entry.type);
  return /^(monotonic_clock|wall_clock|golem random|golem io::poll|golem_environment|cli::preopens|golem keyvalue::eventual::(get|set))/.test(
    entry.function_name,
  );
}
