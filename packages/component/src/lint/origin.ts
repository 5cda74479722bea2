import ts from "typescript";
import type { Known, Names } from "./names.js";
import { type Call, callInPlace, callTaking, innermost, isCall, isFunction, walk } from "./walk.js";

/** Something that a variable was given, and where. */
interface Given {
  value?: ts.Expression;
  at: ts.Node;
}

/** Answers where values come from, through variables, fields and the component's own functions. */
export interface Origins {
  /** The first call of that sort that a value is computed from, or that decides what it is. */
  of(value: ts.Node, wanted: (known: Known, call: Call) => boolean): Call | undefined;
  /** What decides whether a node is reached, within its function. */
  conditions(node: ts.Node): ts.Expression[];
}

export function originsIn(names: Names): Origins {
  const given = new Map<ts.Symbol, Given[]>();
  for (const file of names.files) walk(file, gather);

  function give(target: ts.Node, one: Given): void {
    const bare = ts.isExpression(target) ? innermost(target) : target;
    if (ts.isArrayLiteralExpression(bare)) for (const part of bare.elements) give(part, one);
    const symbol = names.symbol(ts.isPropertyAccessExpression(bare) ? bare.name : bare);
    if (symbol) given.set(symbol, [...(given.get(symbol) ?? []), one]);
  }

  function gather(node: ts.Node): void {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      give(node.left, { value: node.right, at: node });
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) {
        give(node.operand, { at: node });
      }
    } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      // entries.push(one): what an object's method is given may be what the object then holds
      for (const value of node.arguments) {
        if (!isFunction(innermost(value))) give(node.expression.expression, { value, at: node });
      }
    }
  }

  function declared(symbol: ts.Symbol): Given[] {
    return (symbol.declarations ?? []).flatMap((declaration): Given[] => {
      let at: ts.Node = declaration;
      while (ts.isBindingElement(at)) {
        if (isIdentity((at.propertyName ?? at.name) as ts.Node, names)) return [];
        at = at.parent.parent;
      }
      if (ts.isParameter(at)) {
        const taking = callTaking(at.parent); // entries.filter((entry) => …): entry is of entries
        return taking && ts.isPropertyAccessExpression(taking.expression)
          ? [{ value: taking.expression.expression, at }]
          : [];
      }
      if (!ts.isVariableDeclaration(at) && !ts.isPropertyDeclaration(at)) return [];
      if (at.initializer) return [{ value: at.initializer, at }];
      const loop = at.parent.parent;
      return ts.isForOfStatement(loop) ? [{ value: loop.expression, at: loop.statement }] : [];
    });
  }

  function of(
    value: ts.Node,
    wanted: Parameters<Origins["of"]>[1],
    seen: Set<ts.Symbol | ts.Node> = new Set(),
  ): Call | undefined {
    let found: Call | undefined;
    walk(value, (node) => {
      if (found || ts.isTypeNode(node)) return false;
      if (isFunction(node) && node !== value && !callTaking(node)) return false;
      if (ts.isPropertyAccessExpression(node) && isIdentity(node.name, names)) return false;
      if (isCall(node)) {
        const known = names.known(node);
        if (known && wanted(known, node)) found = node;
        const body = known ? undefined : names.local(node);
        if (body && !ts.isClassLike(body) && body.body && !seen.has(body)) {
          seen.add(body);
          found ??= of(body.body, wanted, seen);
        }
      }
      if (ts.isIdentifier(node) && ts.isExpression(node)) {
        const symbol = names.symbol(node);
        if (symbol && !seen.has(symbol)) {
          seen.add(symbol);
          for (const one of [...declared(symbol), ...(given.get(symbol) ?? [])]) {
            found ??= one.value && of(one.value, wanted, seen);
            for (const condition of found ? [] : conditions(one.at)) found ??= of(condition, wanted, seen);
          }
        }
      }
    });
    return found;
  }

  return { of: (value, wanted) => of(value, wanted), conditions };
}

const isAssignment = (kind: ts.SyntaxKind) =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

/** What decides whether a node is reached: conditions and loops around it, and those before it that leave. */
function conditions(node: ts.Node): ts.Expression[] {
  const found: ts.Expression[] = [];
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isIfStatement(parent) && parent.expression !== at) found.push(parent.expression);
    if (ts.isConditionalExpression(parent) && parent.condition !== at) found.push(parent.condition);
    if ((ts.isWhileStatement(parent) || ts.isDoStatement(parent)) && parent.statement === at)
      found.push(parent.expression);
    if (ts.isForStatement(parent) && parent.statement === at && parent.condition) found.push(parent.condition);
    if ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.statement === at)
      found.push(parent.expression);
    if (ts.isCaseBlock(parent)) found.push(parent.parent.expression);
    if (ts.isBinaryExpression(parent) && parent.right === at && isShortCut(parent)) found.push(parent.left);
    if (ts.isBlock(parent)) found.push(...leavingBefore(parent, at));
    if (isFunction(at)) {
      const taking = callTaking(at);
      if (!taking && callInPlace(at)) continue;
      if (!taking) break; // a function of its own: called from elsewhere
      if (ts.isPropertyAccessExpression(taking.expression)) found.push(taking.expression.expression);
    }
  }
  return found;
}

const isShortCut = ({ operatorToken: { kind } }: ts.BinaryExpression) =>
  kind === ts.SyntaxKind.AmpersandAmpersandToken ||
  kind === ts.SyntaxKind.BarBarToken ||
  kind === ts.SyntaxKind.QuestionQuestionToken;

function leavingBefore(block: ts.Block, statement: ts.Node): ts.Expression[] {
  return block.statements
    .filter((one): one is ts.IfStatement => ts.isIfStatement(one) && one.pos < statement.pos && leaves(one))
    .map(({ expression }) => expression);
}

/** True if a branch of it ends the function, or the loop's turn. */
function leaves(statement: ts.IfStatement): boolean {
  let found = false;
  walk(statement, (node) => {
    if (isFunction(node)) return false;
    found ||=
      ts.isReturnStatement(node) ||
      ts.isThrowStatement(node) ||
      ts.isContinueStatement(node) ||
      ts.isBreakStatement(node);
  });
  return found;
}

/** Fields of worker-metadata that stay as they are for a worker's life. */
function isIdentity(name: ts.Node, names: Names): boolean {
  if (!ts.isIdentifier(name) || !["workerId", "args", "env"].includes(name.text)) return false;
  const owner = name.parent;
  const object = ts.isBindingElement(owner) ? owner.parent : ts.isPropertyAccessExpression(owner) && owner.expression;
  return object ? names.checker.getTypeAtLocation(object).symbol?.name === "WorkerMetadata" : false;
}
