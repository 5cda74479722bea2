import type { Timeline } from "../model.js";
import { counted, time } from "../words.js";

/** What happened, in a sentence: below the heading. */
export function summary({ invocations, length }: Timeline): string {
  if (invocations.length === 0) return "Nothing was called.";
  const executions = invocations.reduce((sum, one) => sum + one.executions.length, 0);
  const requests = invocations.reduce(
    (sum, one) => sum + one.executions.reduce((all, { requests }) => all + requests.length, 0),
    0,
  );
  const outcomes = (["completed", "failed", "interrupted", "running"] as const).flatMap((outcome) => {
    const count = invocations.filter((one) => one.outcome === outcome).length;
    const word = outcome === "completed" ? "answered" : outcome;
    return count === 0 ? [] : [invocations.length === 1 ? word : `${count} ${word}`];
  });
  return `${counted(invocations.length, "call")}, ${outcomes.join(", ")}: ${counted(executions, "execution")}, ${counted(requests, "request")}, ${time(length)} in all.`;
}

/** The whole picture in words, for those who cannot see it. */
export function describe(timeline: Timeline): string {
  const each = timeline.invocations.slice(-20).map(({ name, outcome, executions }) => {
    const waits = executions.flatMap(({ wait }) => (wait ? [time(wait.actual)] : []));
    return `${name}: ${counted(executions.length, "execution")}, ${outcome}${waits.length > 0 ? `, waits of ${waits.slice(0, 12).join(", ")}` : ""}.`;
  });
  return [summary(timeline), ...each].join(" ");
}
