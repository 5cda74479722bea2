import { relative } from "node:path";
import ts from "typescript";
import type { Place } from "../manifest.js";
import type { Report } from "./finding.js";
import type { Names } from "./names.js";
import { walk } from "./walk.js";

const steps = new Set(["retrying", "retryingInPlace", "attempt", "atomically"]);

/** Golem executes nothing again for an ephemeral component. A step that fails ends with its worker, and the caller waits. */
export function stepInEphemeral(names: Names, ephemeral: Place): Report[] {
  return names.files.flatMap((file) => {
    const found: Report[] = [];
    const seen = new Set<string>();
    walk(file, (node) => {
      const name = ts.isIdentifier(node) ? names.retryExport(node) : undefined;
      if (!name || !steps.has(name) || seen.has(name)) return;
      seen.add(name);
      const place = `${relative(process.cwd(), ephemeral.file)}:${ephemeral.line}`;
      found.push({
        rule: "step-in-ephemeral",
        severity: "error",
        at: node,
        what: `${name} in an ephemeral component: Golem never recovers its workers, so nothing is executed again, and a caller gets no answer`,
        remedy: `Delete "componentType: ephemeral" in ${place}, or do without ${name}.`,
        claim: "patient-ephemeral",
      });
    });
    return found;
  });
}
