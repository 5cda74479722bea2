import type { Scenario } from "../scenario.js";
import type { Act, Reply } from "../upstream.js";

type Answers = Scenario["answers"];

/** An answer with status 200. */
export const text = (body: string): Reply => ({ status: 200, body });

/** The n-th request of a path comes to the n-th of these, and all after the last to the last. */
export const inTurn =
  (...acts: Act[]): Answers =>
  (_, count) =>
    acts[Math.min(count, acts.length) - 1] as Act;

/** By method and path, or the path alone, or how it begins; what is not listed is answered with 200. */
export const by =
  (listed: Record<string, Act[]>): Answers =>
  (request, count) => {
    const { method, path } = request;
    const key = Object.keys(listed).find((each) => `${method} ${path}` === each || path.startsWith(each));
    return key === undefined ? text("fine") : inTurn(...(listed[key] as Act[]))(request, count);
  };

/** What a request can come to besides an answer that is good. */
export const failures = {
  "4xx": 404,
  "5xx": 503,
  reset: "reset",
  refused: "refused",
  broken: "broken",
} as const satisfies Record<string, Act>;

/** The same for components that abort a request themselves. */
export const withTimeouts = { ...failures, timeout: "hang", stalled: "stalled" } as const satisfies Record<string, Act>;

/** A status that is worth another request, where `failures` has one that an app gives up. */
export const passing = { ...failures, "4xx": 429 } as const satisfies Record<string, Act>;

/** A scenario for each of them. */
export const each = <T extends Record<string, Act>>(acts: T, make: (kind: string, act: Act) => Scenario): Scenario[] =>
  Object.entries(acts).map(([kind, act]) => make(kind, act));
