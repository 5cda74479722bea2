import type { IndexedEntry, WorkerStatus } from "golem-client";
import { type Duration, nanoseconds } from "golem-retry/policy";
import { counted, type Execution, type PolicyLabel, policyText, rowsOf, type Timeline } from "golem-timeline";
import { storyOf } from "./picture.js";

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

/** What the oplog says about the worker's future. */
export function outlook(entries: readonly IndexedEntry[], status: WorkerStatus): Outlook {
  const story = storyOf(entries);
  const execution = story.invocations.at(-1)?.executions.at(-1);
  const over = status === "Failed" || status === "Exited" || status === "Idle" || status === "Interrupted";
  const said = stepsVerdict(entries);
  const next = over ? undefined : (said?.next ?? waitOf(story, execution));
  return { retries: Math.max(0, (execution?.number ?? 0) - 1), decider: deciderOf(story, execution, said), next };
}

/** A wait that is not over. */
function waitOf({ start }: Timeline, execution: Execution | undefined): NextRetry | undefined {
  const wait = execution?.wait;
  if (!wait?.ongoing) return undefined;
  const since = start + wait.at;
  return { since, at: since + wait.planned.least, latest: since + wait.planned.most };
}

function deciderOf(story: Timeline, execution: Execution | undefined, said: Verdict | undefined): Decider {
  const rows = rowsOf(story, { calls: 1 });
  const failed = execution !== undefined && execution.outcome !== "completed" && execution.outcome !== "running";
  const decided = failed || said ? rows.findLast((row) => row.executions.length > 0 && row.policy) : undefined;
  const label = (decided ?? rows.findLast((row) => row.policy))?.policy;
  if (said) return { by: "step", policy: label?.kind === "step" ? label.text : said.policy, whose: said.whose };
  return label ? fromLabel(label) : { by: "server", policy: policyText(story.policyAtEnd), whose: whose.own };
}

const whose = { own: "server's own", override: "set by the component", step: "durable step" };
const by = { own: "server", override: "component", step: "step" } as const;

const fromLabel = ({ kind, text }: PolicyLabel): Decider => ({ by: by[kind], policy: text, whose: whose[kind] });

interface Verdict {
  policy: string;
  whose: string;
  next: NextRetry | undefined;
}

/** `execution 2 of 6 failed: …; next in 1s`: a durable step of golem-retry writes it to stderr when it has failed. */
const verdict = /^execution (\d+) of (\d+) failed:?.*?(?:; next in ([\d.]+(?:h|m|s|ms|us|ns))(?:, by retryAfter)?)?$/gm;

/** What a durable step said last, as long as nothing else has happened. It decides by itself, whatever policy is on record. */
function stepsVerdict(entries: readonly IndexedEntry[]): Verdict | undefined {
  for (let i = entries.length - 1; i >= 0; i--) {
    const { entry } = entries[i] as IndexedEntry;
    if (entry.type === "Log") {
      const said = [...entry.message.matchAll(verdict)].at(-1);
      if (!said) continue;
      const [, number, executions, wait] = said;
      const retries = Number(executions) - 1;
      const whose = wait === undefined ? "durable step, which gave up" : `durable step, retry ${number} comes next`;
      return {
        policy: counted(retries, "retry", "retries"),
        whose,
        next: nextAfter(entry.timestamp, wait),
      };
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

/** Whether something may still happen to a worker without a further call: its picture is drawn up to now. */
export const isUnderWay = (status: WorkerStatus): boolean => /^(Running|Retrying|Suspended)$/.test(status);
