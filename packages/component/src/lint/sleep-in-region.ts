import ts from "typescript";
import type { Report } from "./finding.js";
import type { Known, Names } from "./names.js";
import { type Call, callsOf, callTaking, innermost, isFunction } from "./walk.js";

/** From here on Golem suspends a worker that sleeps. Milliseconds. */
const suspendedFrom = 10_000;

/** Which argument of a function of golem-retry is the body that is executed again from its beginning. */
const bodyAt: Record<string, number> = { retrying: 1, atomically: 0 };

/** A worker that is suspended in a region is executed again from the region's beginning, and sleeps again. */
export function sleepInRegion(names: Names): Report[] {
  return names.files.flatMap((file) =>
    callsOf(file).flatMap((call): Report[] => {
      const known = names.known(call);
      const at = known?.module === "golem-retry" ? bodyAt[known.name] : undefined;
      const value = at === undefined ? undefined : call.arguments?.[at];
      const body = value && names.localFunction(value)?.body;
      if (!known || !body) return [];
      return names.callsIn(body).flatMap((inner): Report[] => {
        const milliseconds = sleepOf(inner, names);
        if (milliseconds === undefined || milliseconds < suspendedFrom) return [];
        return [
          {
            rule: "sleep-in-region",
            at: inner,
            what: `a sleep of ${milliseconds / 1000} s in the body of ${known.name}: Golem suspends the worker from 10 s on and executes the body again from its beginning, without end`,
            remedy: `Sleep before or after ${known.name}, or throw retryAfter("${milliseconds}ms") in the body of retrying, which waits between executions.`,
          },
        ];
      });
    }),
  );
}

/** Milliseconds that a call sleeps: `new Promise((done) => setTimeout(done, 15_000))` around it, or in a function of one's own. */
function sleepOf(call: Call, names: Names): number | undefined {
  if (isTimer(names.known(call))) return isSleep(call) ? numberOf(call.arguments?.[1], names) : undefined;
  const own = names.local(call);
  if (!own || ts.isClassLike(own)) return undefined;
  for (const { known, call: timer } of names.reach(call)) {
    if (!isTimer(known) || !isSleep(timer)) continue;
    const wait = timer.arguments?.[1];
    const fixed = numberOf(wait, names);
    if (fixed !== undefined) return fixed;
    const symbol = wait && names.symbol(innermost(wait));
    const index = own.parameters.findIndex((parameter) => symbol && names.symbol(parameter.name) === symbol);
    if (index >= 0) return numberOf(call.arguments?.[index], names);
  }
  return undefined;
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
function numberOf(value: ts.Expression | undefined, names: Names): number | undefined {
  if (!value) return undefined;
  const bare = innermost(value);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
    const [left, right] = [numberOf(bare.left, names), numberOf(bare.right, names)];
    return left === undefined || right === undefined ? undefined : left * right;
  }
  const type = names.checker.getTypeAtLocation(bare);
  if (type.isNumberLiteral()) return type.value;
  const declaration = ts.isIdentifier(bare) ? names.symbol(bare)?.declarations?.[0] : undefined;
  const constant =
    declaration && ts.isVariableDeclaration(declaration) && ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const;
  return constant ? numberOf(declaration.initializer, names) : undefined;
}
