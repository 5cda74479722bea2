import { isHint } from "./oplog.ts";
import type { Entry } from "./recording.ts";

const isPoll = ({ function_name }: Entry) => function_name === "golem io::poll::poll";

/** What follows a poll that was no sleep: it waited for an answer of the upstream, found nothing, or was interrupted. */
const noSleep = /future_incoming_response|incoming_body|io::poll::poll|^(Jump|Interrupted|FailedUpdate)$/;

/** How long the guest slept, sleep by sleep, in ms: until its poll was over, or until the worker was made again from a suspension. */
export function sleeps(entries: Entry[]): number[] {
  return entries.flatMap((entry, i) => {
    const rest = entries.slice(i + 1).filter((later) => !isHint(later));
    const before = entries.slice(0, i).findLast((earlier) => !isHint(earlier));
    if (entry.type === "Suspend") return rest[0]?.type === "Jump" ? [rest[0].t - entry.t] : [];
    if (!isPoll(entry) || !before) return [];
    const next = rest.find(({ function_name = "" }) => !/clock/.test(function_name));
    return next && !noSleep.test(next.function_name ?? next.type) ? [entry.t - before.t] : [];
  });
}
