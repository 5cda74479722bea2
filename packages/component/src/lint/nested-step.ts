import type { Report } from "./finding.js";
import type { Names } from "./names.js";
import { bodyOf, type StepKind, stepOf } from "./step.js";
import { callsOf } from "./walk.js";

/** What golem-retry refuses inside each kind of step. A loop may be inside a region, and a region becomes part of the one around it. */
const refused: Record<StepKind, readonly StepKind[]> = {
  retrying: ["retrying"],
  atomically: ["retrying"],
  retryingInPlace: ["retrying", "atomically", "retryingInPlace", "attempt"],
  attempt: ["retrying", "atomically", "retryingInPlace", "attempt"],
};

/** golem-retry refuses a step inside a step when it runs: the worker fails at once. */
export function nestedStep(names: Names): Report[] {
  return names.files.flatMap((file) =>
    callsOf(file).flatMap((call): Report[] => {
      const outer = stepOf(names.known(call));
      const body = outer && bodyOf(call, outer, names)?.body;
      if (!body) return [];
      return names.callsIn(body).flatMap((inner): Report[] => {
        const hit = names.reach(inner).find(({ known }) => refused[outer].includes(stepOf(known) as StepKind));
        if (!hit) return [];
        const { known, via } = hit;
        return [
          {
            rule: "nested-step",
            at: inner,
            what: `${via ? `${via}, which calls ${known.name},` : known.name} is inside the body of ${outer}: golem-retry refuses it, and the worker fails`,
            remedy: `Call ${known.name} before or after ${outer}, or do all of it in one body.`,
          },
        ];
      });
    }),
  );
}
