import type { Fields } from "./entries.js";

/** The trap by which golem-retry ends an execution on purpose. */
export const onPurpose = /Attempted to jump forward in oplog/;

/**
 * Matches what golem-retry says when an execution has failed: `execution 1 of 6 failed: …; next in 500ms`.
 * After `retryAfter` the line ends with `, by retryAfter`.
 */
const verdicts = /^execution (\d+) of (\d+) failed: (?:.*; next in ([\d.]+[a-zµ]+)(, by retryAfter)?$)?.*$/gm;

/** What a step said last. */
export interface Verdict {
  text: string;
  /** 1 for the first. */
  number: number;
  retries: number;
  /** As text, `500ms`; undefined when no execution follows. */
  next: string | undefined;
  /** `retryAfter` asked for this wait. */
  asked: boolean;
}

/** Finds the last verdict in what a component wrote to stderr. */
export function lastVerdict(text: string): Verdict | undefined {
  const found = [...text.matchAll(verdicts)].at(-1);
  if (!found) return undefined;
  const [said, number, executions, next, asked] = found;
  return { text: said, number: Number(number), retries: Number(executions) - 1, next, asked: asked !== undefined };
}

export const storeRead = "golem keyvalue::eventual::get";
export const storeWritten = "golem keyvalue::eventual::set";
const noise = /^(monotonic_clock|wall_clock|golem random|golem io::poll|golem_environment|cli::preopens)/;

/** What a JavaScript engine does by itself, or a step before its wait is over: no sign of the next execution. */
export function isStepsOwn(entry: Fields): boolean {
  if (entry.type === "Jump" || entry.type === "NoOp") return true;
  return entry.type === "ImportedFunctionInvoked" && (isNoise(entry) || entry.function_name === storeRead);
}

export const isNoise = (entry: Fields): boolean =>
  entry.type === "ImportedFunctionInvoked" && noise.test(String(entry.function_name));

/** What golem-retry keeps in wasi:keyvalue between two executions. */
export interface Kept {
  /** Failed executions so far. */
  attempt: number;
  /** Milliseconds since 1970; 0: none. */
  due: number;
  /** The story of the last failure: there is no next execution. */
  failed: string | undefined;
}

/** Reads the progress of a step from a `keyvalue::get` entry; undefined when the value is something else. */
export function keptIn(entry: Fields): Kept | undefined {
  const bytes = (entry.response as { value?: { ok?: unknown } })?.value?.ok;
  if (!Array.isArray(bytes)) return undefined;
  try {
    return latest(JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes as number[]))));
  } catch {
    return undefined;
  }
}

/** Of the step and the loops inside it: the one that waits longest. */
function latest(progress: unknown): Kept | undefined {
  if (typeof progress !== "object" || progress === null) return undefined;
  const { attempt, due, failed, inside } = progress as Record<string, unknown>;
  if (typeof attempt !== "number") return undefined;
  const story = (failed as { story?: unknown } | undefined)?.story ?? failed;
  const own: Kept = {
    attempt,
    due: typeof due === "number" ? due : 0,
    failed: story === undefined ? undefined : String(story),
  };
  const loops = Object.values((inside as object | undefined) ?? {}).flatMap((loop) => latest(loop) ?? []);
  return loops.reduce((most, loop) => (loop.due > most.due ? loop : most), own);
}

/** What the component was told by `wall_clock::now`, in milliseconds since 1970. */
export function clockOf(entry: Fields): number | undefined {
  const now = (entry.response as { value?: { ok?: unknown } })?.value?.ok as Record<string, unknown> | undefined;
  if (now?.seconds === undefined || now.nanoseconds === undefined) return undefined;
  return Number(now.seconds) * 1000 + Math.floor(Number(now.nanoseconds) / 1e6);
}

/** What the engine says happened, without its backtrace: `wasm trap: …`. */
export function engineWords(error: string): string | undefined {
  const [words = ""] = error.split("\n\n");
  return /^\s*\d+: 0x[\da-f]+ - \S*?!.*?: (.*)$/im.exec(words)?.[1] ?? firstLine(words);
}

/** The first line of stderr that says something. Python prints the error below a traceback, whose other lines are indented. */
export function firstLine(text: string): string | undefined {
  const lines = text.split("\n");
  const trace = lines.findIndex((line) => line.startsWith("Traceback (most recent call last):"));
  return (trace < 0 ? lines : lines.slice(trace + 1).filter((line) => !line.startsWith(" ")))
    .map((line) => line.trim())
    .find((line) => line !== "" && line !== "Stack:" && !line.startsWith("Redirecting call to abort"));
}
