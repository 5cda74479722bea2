import ts from "typescript";
import type { Report } from "./finding.js";
import type { Known, Names } from "./names.js";
import { callInPlace, callsOf, callTaking, isFunction, outermost, walk } from "./walk.js";

const scopes = new Set(["withRetryPolicy", "retrying", "retryingInPlace", "attempt", "atomically"]);
const isScope = ({ module, name }: Known) => module === "golem-retry" && scopes.has(name);

/** A scope or step whose promise nobody has is cut off when the call returns, and its error is nobody's. */
export function unawaitedScope(names: Names): Report[] {
  return names.files.flatMap((file) =>
    callsOf(file).flatMap((call): Report[] => {
      const hit = names.reach(call).find(({ known }) => isScope(known));
      if (!hit || (hit.via && !isPromise(call, names))) return [];
      const dropped = whoDrops(call, names);
      if (!dropped) return [];
      const what = hit.via ? `${hit.via}, which calls ${hit.known.name}` : hit.known.name;
      return [
        {
          rule: "unawaited-scope",
          at: call,
          what: `the promise of ${what} ${dropped.how}: the call can return before it has ended, with its policy in force or its region open, and its error is lost`,
          remedy: dropped.remedy,
        },
      ];
    }),
  );
}

interface Dropped {
  how: string;
  remedy: string;
}

const notAwaited = { how: "is not awaited", remedy: "Await it, or return it." };

function whoDrops(call: ts.Expression, names: Names): Dropped | undefined {
  let at = outermost(call);
  for (;;) {
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent) && isPromiseMethod(parent, names)) at = outermost(parent.parent);
    else if (ts.isConditionalExpression(parent) && parent.condition !== at) at = outermost(parent);
    else if (ts.isBinaryExpression(parent) && parent.right === at && passesOn(parent)) at = outermost(parent);
    else if (ts.isArrayLiteralExpression(parent)) at = outermost(parent);
    else if (ts.isCallExpression(parent) && parent.expression !== at && isOfAll(names.known(parent)))
      at = outermost(parent);
    else break;
  }
  const { parent } = at;
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return notAwaited;
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.CommaToken) return notAwaited;
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
    return isRead(parent.name, names) ? undefined : notAwaited;
  }
  return ignoredBy(at, names);
}

/** `items.forEach(async () => { await retrying(…) })`: whoever takes the function has no use for a promise. */
function ignoredBy(value: ts.Expression, names: Names): Dropped | undefined {
  let fn: ts.Node = value;
  while (!isFunction(fn)) {
    if (ts.isSourceFile(fn)) return undefined;
    fn = fn.parent;
  }
  const { parent } = value;
  if (!ts.isAwaitExpression(parent) && !ts.isReturnStatement(parent) && parent !== fn) return undefined;
  const inPlace = callInPlace(fn);
  if (inPlace) return whoDrops(inPlace, names);
  const taking = callTaking(fn);
  if (!taking || ts.isNewExpression(taking)) return undefined; // new Promise(async (resolve) => …) hands it on itself
  if (isMapping(names.known(taking))) return whoDrops(taking, names);
  const wanted = names.checker.getContextualType(fn as ts.ArrowFunction)?.getCallSignatures() ?? [];
  const forNothing = wanted.length > 0 && wanted.every((one) => one.getReturnType().flags & ts.TypeFlags.Void);
  if (!forNothing && !isTimer(names.known(taking))) return undefined;
  const by = taking.expression;
  const name = ts.isPropertyAccessExpression(by) ? by.name.text : by.getText();
  const remedy = isTimer(names.known(taking))
    ? "Wait in the call itself: await new Promise((resolve) => setTimeout(resolve, milliseconds))."
    : "Take a loop that awaits each: for (const item of items) await …";
  return { how: `is dropped by ${name}`, remedy };
}

/** Their type for it is `Function`, which says nothing of what becomes of its result. */
const isTimer = (known: Known | undefined) => known?.module === "lib" && /^set(Timeout|Interval)$/.test(known.name);

/** `Promise.all(…)`: who has its promise has those that it is given. */
const isOfAll = (known: Known | undefined) => known?.module === "lib" && known.owner === "PromiseConstructor";

/** Who has what it returns has what its function returned. */
const isMapping = (known: Known | undefined) =>
  known?.module === "lib" &&
  /^(Readonly)?Array(Constructor)?$/.test(known.owner ?? "") &&
  /^(map|flatMap|from)$/.test(known.name);

const isPromise = (call: ts.Expression, { checker }: Names) =>
  checker.getTypeAtLocation(call).getProperty("then") !== undefined;

function isPromiseMethod(
  access: ts.PropertyAccessExpression,
  names: Names,
): access is typeof access & {
  parent: ts.CallExpression;
} {
  if (!ts.isCallExpression(access.parent) || access.parent.expression !== access) return false;
  const known = names.known(access.parent);
  return known?.module === "lib" && known.owner === "Promise";
}

const passesOn = ({ operatorToken: { kind } }: ts.BinaryExpression) =>
  kind === ts.SyntaxKind.AmpersandAmpersandToken ||
  kind === ts.SyntaxKind.BarBarToken ||
  kind === ts.SyntaxKind.QuestionQuestionToken ||
  kind === ts.SyntaxKind.CommaToken;

function isRead(name: ts.Identifier, names: Names): boolean {
  const symbol = names.symbol(name);
  let found = false;
  walk(name.getSourceFile(), (node) => {
    found ||= ts.isIdentifier(node) && node !== name && node.text === name.text && names.symbol(node) === symbol;
    return !found;
  });
  return found || isExported(name);
}

const isExported = ({ parent }: ts.Identifier) =>
  ts.isVariableDeclaration(parent) && (ts.getCombinedModifierFlags(parent) & ts.ModifierFlags.Export) !== 0;
