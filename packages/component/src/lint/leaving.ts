import ts from "typescript";
import type { Names } from "./names.js";
import { isFunction, walk } from "./walk.js";

/** Where a block throws, or hands an error on: `throw`, `Promise.reject`, a call that never returns. */
export function throwsIn(block: ts.Node, names: Pick<Names, "checker" | "known">): ts.Node[] {
  const found: ts.Node[] = [];
  walk(block, (node) => {
    if (isFunction(node)) return false;
    if (ts.isTryStatement(node) && node.catchClause) {
      found.push(...throwsIn(node.catchClause.block, names));
      if (node.finallyBlock) found.push(...throwsIn(node.finallyBlock, names));
      return false;
    }
    if (ts.isThrowStatement(node)) found.push(node);
    if (ts.isCallExpression(node)) {
      const never = names.checker.getTypeAtLocation(node).flags & ts.TypeFlags.Never;
      const called = names.known(node);
      if (never || (called?.owner === "PromiseConstructor" && called.name === "reject")) found.push(node);
    }
  });
  return found;
}

/** False if the function catches an error that a statement of it ends with, and keeps it. */
export function errorLeaves(statement: ts.Node, names: Names): boolean {
  for (let at = statement; at.parent && !isFunction(at); at = at.parent) {
    const { parent } = at;
    if (!ts.isTryStatement(parent) || parent.tryBlock !== at) continue;
    if (parent.catchClause && throwsIn(parent.catchClause.block, names).length === 0) return false;
  }
  return true;
}
