import type ts from "typescript";
import type { Place } from "../manifest.js";
import { withoutAllowed } from "./allow.js";
import { caughtRequest } from "./caught-request.js";
import { type Finding, type Report, type RuleName, toFinding } from "./finding.js";
import { type Names, namesOf } from "./names.js";
import { nestedStep } from "./nested-step.js";
import { type Origins, originsIn } from "./origin.js";
import { restoreOnFailure } from "./restore-on-failure.js";
import { sleepInRegion } from "./sleep-in-region.js";
import { stepInEphemeral } from "./step-in-ephemeral.js";
import { topLevelEffect } from "./top-level-effect.js";
import { unawaitedScope } from "./unawaited-scope.js";
import { unreadBody } from "./unread-body.js";
import { unrecordedCondition } from "./unrecorded-condition.js";

const rules: Record<Exclude<RuleName, "allow">, (names: Names, origins: Origins, ephemeral?: Place) => Report[]> = {
  "restore-on-failure": restoreOnFailure,
  "unawaited-scope": unawaitedScope,
  "unrecorded-condition": unrecordedCondition,
  "top-level-effect": topLevelEffect,
  "sleep-in-region": sleepInRegion,
  "nested-step": nestedStep,
  "unread-body": unreadBody,
  "caught-request": caughtRequest,
  "step-in-ephemeral": (names, _, ephemeral) => (ephemeral ? stepInEphemeral(names, ephemeral) : []),
};

/**
 * What compiles, and doesn't do on Golem what it says.
 * @param files the component's own source, in a program that type-checks
 * @param ephemeral where an application manifest says that the component is ephemeral
 * @returns by file and place
 */
export function lint(program: ts.Program, files: readonly ts.SourceFile[], ephemeral?: Place): Finding[] {
  const names = namesOf(program, files);
  const origins = originsIn(names);
  const found = Object.values(rules).flatMap((rule) => rule(names, origins, ephemeral).map(toFinding));
  const order = (one: Finding) => files.findIndex(({ fileName }) => fileName === one.file);
  return withoutAllowed(found, files, Object.keys(rules) as RuleName[]).sort(
    (a, b) => order(a) - order(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
