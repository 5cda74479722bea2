import type { NextRetry } from "../../story/outlook.js";
import { until } from "../../story/words.js";
import { now } from "./clock.js";

/** How long it is until a retry, with a bar that fills up. */
export function Countdown({ next }: { next: NextRetry }) {
  const all = Math.max(1, next.at - next.since);
  const share = Math.min(1, Math.max(0, (now.value - next.since) / all));
  return (
    <span class="countdown">
      <span class="figures">{until(next, now.value)}</span>
      <span class="track" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}
