import type ts from "typescript";
import type { Problem } from "../problem.js";

/** What `golem-lint-allow` names. */
export type RuleName =
  | "restore-on-failure"
  | "unawaited-scope"
  | "unrecorded-condition"
  | "top-level-effect"
  | "sleep-in-region"
  | "nested-step"
  | "unread-body"
  | "caught-request"
  | "step-in-ephemeral"
  | "allow";

/** What a rule found in a component's source. */
export interface Finding extends Problem {
  rule: RuleName;
  /** An error stops the build: the component would fail whenever it runs, or could not be made. */
  severity: "warning" | "error";
}

/** What a rule has to say about a place. */
export interface Report {
  rule: RuleName;
  at: ts.Node;
  what: string;
  /** What to do instead. */
  remedy: string;
  /** The scenario in docs/conformance.md that shows it on a Golem 1.2.0 server. */
  claim?: string;
  severity?: Finding["severity"];
}

export function toFinding({ rule, at, what, remedy, claim, severity = "warning" }: Report): Finding {
  const file = at.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(at.getStart());
  return {
    rule,
    severity,
    what: `${severity}: ${what} [${rule}]`,
    file: file.fileName,
    line: line + 1,
    column: character + 1,
    help: claim ? `${remedy} Golem 1.2.0 shows it: docs/conformance.md, ${claim}.` : remedy,
  };
}
