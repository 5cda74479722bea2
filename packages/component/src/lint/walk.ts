import ts from "typescript";

/** Calls `visit` with the node and all below it, except what it returns false for. */
export function walk(node: ts.Node, visit: (node: ts.Node) => unknown): void {
  if (visit(node) !== false) ts.forEachChild(node, (child) => walk(child, visit));
}

export const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isFunctionLike(node) && "body" in node;

/** Parentheses, `as`, `satisfies` and `!` leave a value as it is. */
export function outermost(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isExpression(at.parent) && isWrapper(at.parent)) at = at.parent;
  return at;
}

export function innermost(node: ts.Expression): ts.Expression {
  let at = node;
  while (isWrapper(at)) at = at.expression;
  return at;
}

const isWrapper = (node: ts.Node) =>
  ts.isParenthesizedExpression(node) ||
  ts.isAsExpression(node) ||
  ts.isSatisfiesExpression(node) ||
  ts.isNonNullExpression(node);

export type Call = ts.CallExpression | ts.NewExpression;

export const isCall = (node: ts.Node): node is Call => ts.isCallExpression(node) || ts.isNewExpression(node);

/** The call that a function written in place is an argument of. */
export function callTaking(fn: ts.Node): Call | undefined {
  if (!ts.isArrowFunction(fn) && !ts.isFunctionExpression(fn)) return undefined;
  const value = outermost(fn);
  return isCall(value.parent) && value.parent.arguments?.includes(value) ? value.parent : undefined;
}

/** The call of a function that is written where it is called. */
export function callInPlace(fn: ts.Node): ts.CallExpression | undefined {
  if (!ts.isArrowFunction(fn) && !ts.isFunctionExpression(fn)) return undefined;
  const value = outermost(fn);
  return ts.isCallExpression(value.parent) && value.parent.expression === value ? value.parent : undefined;
}

/** All calls that are written below a node. */
export function callsOf(node: ts.Node): Call[] {
  const found: Call[] = [];
  walk(node, (at) => {
    if (isCall(at)) found.push(at);
  });
  return found;
}
