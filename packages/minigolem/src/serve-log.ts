import type { EngineEvent } from "./engine.js";
import { hazardLine } from "./hazards.js";

/**
 * Says in one line what happened, for the log of `minigolem serve`.
 * @param where the component's name, and the worker's
 * @param verbose also what is answered and deleted, and all lines of what a component prints
 * @returns undefined: nothing is said
 */
export function logLine(event: EngineEvent, where: string, verbose: boolean): string | undefined {
  const said = wordsOf(event, verbose);
  return said && `${new Date().toTimeString().slice(0, 8)} ${where}  ${said}`;
}

function wordsOf(event: EngineEvent, verbose: boolean): string | undefined {
  const cut = (text: string) => (verbose ? text.trimEnd() : shortened(text.trim().split("\n")[0] ?? ""));
  switch (event.type) {
    case "uploaded":
      return `uploaded, version ${event.version}`;
    case "log":
      return `${event.level.toLowerCase()}: ${cut(event.message)}`;
    case "invocation-started":
      return `call ${event.function}${verbose ? ` (${event.idempotencyKey})` : ""}`;
    case "invocation-finished":
      return verbose ? `answered ${event.function} (${event.idempotencyKey})` : undefined;
    case "retrying":
      return `retry ${event.wait === 0 ? "at once" : `in ${event.wait} ms`}: ${cut(event.reason)}`;
    case "failed":
      return `failed: ${cut(event.reason)}`;
    case "hazard":
      return hazardLine(event.hazard);
    case "interrupted":
      return "interrupted";
    case "closed":
      return verbose ? "deleted" : undefined;
  }
}

/** What a terminal shows in one or two lines. */
const shortened = (text: string) => (text.length > 160 ? `${text.slice(0, 159)}…` : text);
