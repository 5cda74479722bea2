import ts from "typescript";
import type { Report } from "./finding.js";
import { errorLeaves, throwsIn } from "./leaving.js";
import type { Known, Names } from "./names.js";
import type { Origins } from "./origin.js";
import { type Call, callsOf, callTaking, innermost, isFunction, outermost, walk } from "./walk.js";

/** Golem looks at policy and region once the error has left the call: what is undone on its way out was never there. */
export function restoreOnFailure(names: Names, origins: Origins): Report[] {
  return names.files.flatMap((file) => callsOf(file).flatMap((call) => restored(call, names, origins)));
}

const sets = ({ module, name }: Known) =>
  name === "setRetryPolicy" && (module === "golem:api/host" || module === "golem-retry");
const gets = ({ module, name }: Known) =>
  name === "getRetryPolicy" && (module === "golem:api/host" || module === "golem-retry");
const closes = ({ module, name }: Known) => name === "markEndOperation" && module === "golem:api/host";

function restored(call: Call, names: Names, origins: Origins): Report[] {
  const hit = reachOrCallback(call, names).find(({ known }) => sets(known) || closes(known));
  const where = hit && (hit.where ?? placeOf(call, names));
  if (!hit || !where) return [];
  const { known, via } = hit;
  const sure = where.startsWith("finally") || where === "a dispose method" || closes(known);
  const values = [...(call.arguments ?? []), ...(hit.call.arguments ?? [])];
  // a policy of one's own, set before throwing, decides what Golem does with the error: that is in order
  if (!sure && !values.some((value) => origins.of(value, gets) || isGiven(value, names))) return [];
  const what = via ? `${via}, which calls ${known.name},` : known.name;
  return [
    closes(known)
      ? {
          rule: "restore-on-failure",
          at: call,
          what: `${what} in ${where} closes the region before the error leaves the call: the failure is on record and is replayed, nothing is executed again`,
          remedy: "Close the region on success only: atomically() of golem-retry, or retrying(), which is bounded.",
          claim: "region-finally",
        }
      : {
          rule: "restore-on-failure",
          at: call,
          what: `${what} in ${where} runs before the error leaves the call, and Golem looks only then: the override has no effect`,
          remedy: "Put the old policy back on success only: withRetryPolicy() of golem-retry.",
          claim: "finally-restore",
        },
  ];
}

interface Hit {
  known: Known;
  call: Call;
  via?: string;
  where?: string;
}

/** As {@link Names.reach}; of `work().finally(restore)` what `restore` comes to. */
function reachOrCallback(call: Call, names: Names): Hit[] {
  const known = names.known(call);
  const where = known && callbackPlace(known);
  if (!where) return names.reach(call);
  return (call.arguments ?? []).flatMap((value) => {
    const fn = innermost(value);
    const body = isFunction(fn) ? undefined : names.localFunction(fn)?.body;
    return body
      ? names.callsIn(body).flatMap((inner): Hit[] => {
          const found = names.known(inner);
          return found ? [{ known: found, call: inner, via: fn.getText(), where }] : [];
        })
      : [];
  });
}

function callbackPlace({ module, name, owner }: Known): string | undefined {
  if (module !== "lib") return undefined;
  if (owner === "Promise" && name === "finally") return "finally()";
  return /^(Async)?DisposableStack$/.test(owner ?? "") && /^(defer|adopt)$/.test(name) ? "a dispose method" : undefined;
}

/** Where an error passes by on its way out of the function, if a node is there. */
function placeOf(node: ts.Node, names: Names): string | undefined {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent) && parent.finallyBlock === at) {
      const kept = parent.catchClause && throwsIn(parent.catchClause.block, names).length === 0;
      if (!kept && errorLeaves(parent, names) && !guarded(node, parent, names)) return "finally";
    }
    if (ts.isCatchClause(parent) && parent.block === at) {
      const thrown = throwsIn(at, names).some(({ end }) => end > node.end);
      if (thrown && errorLeaves(parent.parent, names)) return "catch";
    }
    if (!isFunction(at)) continue;
    if (isDispose(at, names)) return "a dispose method";
    const taking = callTaking(at);
    if (!taking) return undefined;
    const known = names.known(taking);
    const place = known && callbackPlace(known);
    if (place) return place;
    if (known?.owner === "Promise" && known.module === "lib" && /^(catch|then)$/.test(known.name)) {
      const rejected = known.name === "catch" || taking.arguments?.[1] === outermost(at as ts.ArrowFunction);
      if (rejected && at.body && throwsIn(at.body, names).some(({ end }) => end > node.end)) return "catch()";
    }
    if (!names.runsAtOnce(at)) return undefined;
  }
  return undefined;
}

/** `[Symbol.dispose]() {…}`, or a property of that name. */
function isDispose(fn: ts.FunctionLikeDeclaration, names: Names): boolean {
  const owner = ts.isArrowFunction(fn) || ts.isFunctionExpression(fn) ? outermost(fn).parent : fn;
  const named = ts.isBinaryExpression(owner) && ts.isElementAccessExpression(owner.left) ? owner.left : undefined;
  const name = named ? undefined : ts.getNameOfDeclaration(owner as ts.Declaration);
  const key = named?.argumentExpression ?? (name && ts.isComputedPropertyName(name) ? name.expression : undefined);
  if (!key || !ts.isPropertyAccessExpression(key) || !/^(asyncDispose|dispose)$/.test(key.name.text)) return false;
  const { parent } = names.symbol(key.name)?.declarations?.[0] ?? {};
  return !!parent && ts.isInterfaceDeclaration(parent) && parent.name.text === "SymbolConstructor";
}

/** `if (done) setRetryPolicy(old)`, where the last thing that was tried is `done = true`. */
function guarded(node: ts.Node, { tryBlock, finallyBlock }: ts.TryStatement, names: Names): boolean {
  const flags = new Set<ts.Symbol>();
  walk(tryBlock, (at) => {
    if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const symbol = names.symbol(at.left);
      const { kind } = at.right;
      if (symbol && (kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword)) flags.add(symbol);
    }
  });
  for (let at = node; at !== finallyBlock; at = at.parent) {
    if (!ts.isIfStatement(at.parent) || at.parent.expression === at) continue;
    let found = false;
    walk(at.parent.expression, (one) => {
      const symbol = ts.isIdentifier(one) ? names.symbol(one) : undefined;
      found ||= symbol !== undefined && flags.has(symbol);
      return undefined;
    });
    if (found) return true;
  }
  return false;
}

/** A parameter or field: given by the caller, so most likely what was in force before. */
function isGiven(value: ts.Expression, names: Names): boolean {
  const bare = innermost(value);
  const symbol = names.symbol(ts.isPropertyAccessExpression(bare) ? bare.name : bare);
  const declaration = symbol?.declarations?.[0];
  return !!declaration && (ts.isParameter(declaration) || ts.isPropertyDeclaration(declaration));
}
