import ts from "typescript";
import type { Report } from "./finding.js";
import type { Known, Names } from "./names.js";
import { withinSteps } from "./step.js";
import { type Call, callsOf, isFunction, outermost, walk } from "./walk.js";

/** Members of a Response that read its body, or hand it on. */
const reads = new Set(["text", "json", "arrayBuffer", "blob", "bytes", "formData", "body", "clone"]);

/** Golem repeats a request in each recovery until its response was read to the end. */
export function unreadBody(names: Names): Report[] {
  const calls = names.files.flatMap(callsOf);
  const steps = withinSteps(names, calls);
  return calls.flatMap((call): Report[] => {
    if (!isFetch(names.known(call))) return [];
    const use = useOf(call, names);
    if (!use) return [];
    if (use.reads.length === 0) return [report(call, "is never read")];
    // A step drops an execution that fails, and its request with it.
    if (!use.owner || steps.has(use.owner)) return [];
    const first = Math.min(...use.reads.map((node) => node.pos));
    const leaves = leavingBetween(use.owner, call.end, first);
    return leaves ? [report(call, `is not read where the code ${leaves}`)] : [];
  });
}

const isFetch = (known: Known | undefined) => known?.module === "lib" && known.name === "fetch";

const report = (at: ts.Node, what: string): Report => ({
  rule: "unread-body",
  at,
  what: `the body of this response ${what}: Golem sends the request again in each recovery, without end`,
  remedy: "Read it first: const text = await response.text().",
  claim: "unread-endless",
});

interface Use {
  /** Where the body is read. */
  reads: ts.Node[];
  /** The function in which the request is made. */
  owner: ts.FunctionLikeDeclaration | undefined;
}

/** How a response is used; undefined if it goes to code that may read it. */
function useOf(call: Call, names: Names): Use | undefined {
  const awaited = outermost(call);
  if (!ts.isAwaitExpression(awaited.parent)) return undefined;
  const owner = functionOf(call);
  const value = outermost(awaited.parent);
  const { parent } = value;
  if (ts.isExpressionStatement(parent)) return { reads: [], owner };
  if (ts.isPropertyAccessExpression(parent)) return { reads: reads.has(parent.name.text) ? [parent] : [], owner };
  if (!ts.isVariableDeclaration(parent) || isExported(parent)) return undefined;
  if (ts.isObjectBindingPattern(parent.name)) {
    const taken = parent.name.elements.filter((one) => reads.has((one.propertyName ?? one.name).getText()));
    return parent.name.elements.some((one) => one.dotDotDotToken) ? undefined : { reads: taken, owner };
  }
  return ts.isIdentifier(parent.name) ? useOfVariable(parent.name, owner, names) : undefined;
}

function useOfVariable(name: ts.Identifier, owner: Use["owner"], names: Names): Use | undefined {
  const symbol = names.symbol(name);
  const found: ts.Node[] = [];
  let escapes = false;
  walk(name.getSourceFile(), (node) => {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text || names.symbol(node) !== symbol) return;
    const { parent } = outermost(node);
    if (ts.isPropertyAccessExpression(parent) && parent.expression === outermost(node)) {
      if (reads.has(parent.name.text)) found.push(parent);
    } else if (!ts.isCallExpression(parent) || !isRetryAfter(names.known(parent))) escapes = true;
  });
  return escapes ? undefined : { reads: found, owner };
}

const isExported = (declaration: ts.VariableDeclaration) =>
  (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0;

/** It reads the headers alone. */
const isRetryAfter = (known: Known | undefined) => known?.module === "golem-retry" && known.name === "retryAfter";

function functionOf(node: ts.Node): ts.FunctionLikeDeclaration | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (isFunction(at)) return at;
  return undefined;
}

/** What leaves a function between two places of its source. */
function leavingBetween(owner: ts.Node, from: number, to: number): "throws" | "returns" | undefined {
  let found: "throws" | "returns" | undefined;
  walk(owner, (node) => {
    if (found || (node !== owner && isFunction(node))) return false;
    if (node.pos < from || node.end > to) return undefined;
    if (ts.isThrowStatement(node)) found = "throws";
    if (ts.isReturnStatement(node)) found = "returns";
    return undefined;
  });
  return found;
}
