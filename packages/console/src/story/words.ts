import type { Failure } from "golem-client";
import { time } from "golem-timeline";
import type { Decider } from "./outlook.js";

/** Who decides about a retry, in one line. */
export const deciderText = ({ policy, whose }: Decider): string => `${policy} (${whose})`;

/** How long it is until a retry. With jitter it is a range at first: `in 100 to 115 ms`. */
export function until({ at, latest }: { at: number; latest: number }, now: number): string {
  if (latest <= now) return "now";
  if (at <= now) return `within ${time(latest - now)}`;
  return `in ${time(at - now)}`;
}

/** Why a worker failed, a line each: what the component said, where in its source, and what the engine says. */
export function failureLines({ message, places, engine }: Failure): string[] {
  const words = engine === undefined || engine === message ? [] : [`  (${engine})`];
  return [`Failed: ${message}`, ...places.slice(0, 5).map((place) => `  at ${place}`), ...words];
}
