import ts from "typescript";
import type { Report } from "./finding.js";
import { isStatic, type Known, type Names } from "./names.js";
import { type Call, isFunction, walk } from "./walk.js";

/** Code outside of functions runs once, when the component is built; its result is part of every worker. */
export function topLevelEffect(names: Names): Report[] {
  return names.files.flatMap((file) =>
    callsAtLoad(file, names).flatMap((call): Report[] => {
      for (const { known, call: inner, via } of names.reach(call)) {
        const report = effect(known, inner);
        if (!report) continue;
        const { subject, ...rest } = report;
        const what = via ? `${via}, which comes to ${subject},` : subject;
        return [{ rule: "top-level-effect", at: call, ...rest, what: `${what} ${rest.what}` }];
      }
      return [];
    }),
  );
}

function callsAtLoad(file: ts.SourceFile, names: Names): Call[] {
  const found: Call[] = [];
  walk(file, (node) => {
    if (isFunction(node) && !names.runsAtOnce(node)) return false;
    if (ts.isPropertyDeclaration(node) && !ts.getModifiers(node)?.some(isStatic)) return false;
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) found.push(node);
  });
  return found;
}

type Effect = Pick<Report, "what" | "remedy" | "claim" | "severity"> & { subject: string };

const inFunction = "Move the call into an exported function.";
const ofRetry = new Set([
  "getRetryPolicy",
  "setRetryPolicy",
  "withRetryPolicy",
  "atomically",
  "retrying",
  "retryingInPlace",
  "attempt",
  "idempotencyKey",
]);

function effect({ module, name, owner }: Known, call: Call): Effect | undefined {
  const subject = call.expression.getText();
  const host = module.includes(":") || (module === "golem-retry" && ofRetry.has(name));
  if (host || (module === "lib" && name === "fetch")) {
    const what = "is called while the module loads, at build time: there is no host yet";
    return { subject, what, remedy: inFunction, severity: "error" };
  }
  if (module !== "lib") return undefined;
  if ((owner === "Math" && name === "random") || owner === "Crypto" || owner === "SubtleCrypto") {
    const what = "is called while the module loads, at build time: each worker would get the same";
    return { subject, what, remedy: inFunction, severity: "error" };
  }
  const now = owner === "DateConstructor" && (name === "now" || (isDate(call) && !call.arguments?.length));
  if (now || (owner === "Performance" && name === "now")) {
    const what = "is called while the module loads: it is the time of the build, in every worker";
    const remedy = "Move the call into an exported function: there its answer is on record.";
    return { subject: ts.isNewExpression(call) ? "new Date()" : subject, what, remedy, claim: "noise" };
  }
  return undefined;
}

const isDate = ({ expression }: Call) => !ts.isPropertyAccessExpression(expression) || expression.name.text === "Date";
