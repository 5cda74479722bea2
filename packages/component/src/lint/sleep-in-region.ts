import ts from "typescript";
import type { Report } from "./finding.js";
import type { Known, Names } from "./names.js";
import { bodyOf, type StepKind, stepOf } from "./step.js";
import { type Call, callInPlace, callsOf, callTaking, innermost, isFunction } from "./walk.js";

/** From here on Golem suspends a worker that sleeps. Milliseconds. */
const suspendedFrom = 10_000;

/** A worker that is suspended in a region is executed again from the region's beginning, and sleeps again. */
export function sleepInRegion(names: Names): Report[] {
  return names.files.flatMap((file) =>
    callsOf(file).flatMap((call): Report[] => {
      const kind = stepOf(names.known(call));
      const body = kind && isRegion(kind) ? bodyOf(call, kind, names)?.body : undefined;
      if (!kind || !body) return [];
      return names.callsIn(body).flatMap((inner): Report[] => {
        const milliseconds = sleepOf(inner, names);
        if (milliseconds === undefined || milliseconds < suspendedFrom) return [];
        return [
          {
            rule: "sleep-in-region",
            at: inner,
            what: `a sleep of ${milliseconds / 1000} s in the body of ${kind}: Golem suspends the worker from 10 s on and executes the body again from its beginning, without end`,
            remedy: `Sleep before or after ${kind}, or throw retryAfter("${milliseconds}ms") in the body of retrying, which waits between executions.`,
            claim: "sleep-in-region-long",
          },
        ];
      });
    }),
  );
}

/** A loop in place is no region: the worker goes on where it slept. */
const isRegion = (kind: StepKind) => kind === "retrying" || kind === "atomically";

/** Numbers that parameters have in a call. */
type Given = ReadonlyMap<ts.Symbol, number>;

/**
 * Milliseconds that a call sleeps: `new Promise((done) => setTimeout(done, 15_000))` around it, or in functions that it calls, however
 * deep. The longest of several.
 */
function sleepOf(
  call: Call,
  names: Names,
  given: Given = new Map(),
  above: readonly ts.Node[] = [],
): number | undefined {
  const known = names.known(call);
  if (isTimer(known)) return isSleep(call) ? numberOf(call.arguments?.[1], names, given) : undefined;
  const own = known ? undefined : names.local(call);
  if (!own || ts.isClassLike(own) || !own.body || above.includes(own) || callInPlace(own)) return undefined;
  const within = new Map<ts.Symbol, number>();
  for (const [i, { name, initializer }] of own.parameters.entries()) {
    const symbol = names.symbol(name);
    const value = numberOf(call.arguments?.[i] ?? initializer, names, given);
    if (symbol && value !== undefined) within.set(symbol, value);
  }
  const sleeps = names.callsIn(own.body).flatMap((inner) => sleepOf(inner, names, within, [...above, own]) ?? []);
  return sleeps.length > 0 ? Math.max(...sleeps) : undefined;
}

const isTimer = (known: Known | undefined) => known?.module === "lib" && known.name === "setTimeout";

/** A timer whose promise is waited for; another one may be a timeout for something else. */
function isSleep(timer: Call): boolean {
  for (let at: ts.Node = timer; !ts.isSourceFile(at); at = at.parent) {
    if (!isFunction(at)) continue;
    const taking = callTaking(at);
    return taking !== undefined && ts.isNewExpression(taking) && taking.expression.getText() === "Promise";
  }
  return false;
}

/** What a number is, where the source says it: `15_000`, `15 * 1000`, a constant. */
function numberOf(value: ts.Expression | undefined, names: Names, given: Given): number | undefined {
  if (!value) return undefined;
  const bare = innermost(value);
  const symbol = ts.isIdentifier(bare) ? names.symbol(bare) : undefined;
  const passed = symbol && given.get(symbol);
  if (passed !== undefined) return passed;
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
    const [left, right] = [numberOf(bare.left, names, given), numberOf(bare.right, names, given)];
    return left === undefined || right === undefined ? undefined : left * right;
  }
  const type = names.checker.getTypeAtLocation(bare);
  if (type.isNumberLiteral()) return type.value;
  const declaration = symbol?.declarations?.[0];
  const constant =
    declaration && ts.isVariableDeclaration(declaration) && ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const;
  return constant ? numberOf(declaration.initializer, names, given) : undefined;
}
