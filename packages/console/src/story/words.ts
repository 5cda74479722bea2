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
