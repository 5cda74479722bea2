import ts from "typescript";
import type { Report } from "./finding.js";
import { throwsIn } from "./leaving.js";
import type { Known, Names } from "./names.js";
import { type Call, callsOf, walk } from "./walk.js";

/** A request without an answer leaves a gap in the history. Code that catches its error and goes on keeps the gap. */
export function caughtRequest(names: Names): Report[] {
  return names.files.flatMap((file) => [...caughtByTry(file, names), ...caughtByPromise(file, names)]);
}

function caughtByTry(file: ts.SourceFile, names: Names): Report[] {
  const found: Report[] = [];
  walk(file, (node) => {
    if (!ts.isTryStatement(node) || !keeps(node, names)) return;
    const request = names
      .callsIn(node.tryBlock)
      .find((call) => isRequest(call, names) && !caughtInside(call, node, names));
    if (request) found.push(report(request, names, "catch"));
  });
  return found;
}

/** Its catch clause goes on instead of throwing. */
const keeps = ({ catchClause }: ts.TryStatement, names: Names) =>
  catchClause !== undefined && throwsIn(catchClause.block, names).length === 0;

/** A try statement further in catches the error first. */
function caughtInside(call: ts.Node, around: ts.TryStatement, names: Names): boolean {
  for (let at = call; at.parent !== around; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent) && parent.tryBlock === at && keeps(parent, names)) return true;
  }
  return false;
}

/** `fetch(url).catch(() => undefined)`, and `Promise.allSettled([fetch(url)])`. */
function caughtByPromise(file: ts.SourceFile, names: Names): Report[] {
  return callsOf(file).flatMap((call): Report[] => {
    const known = names.known(call);
    if (known?.module !== "lib" || !ts.isPropertyAccessExpression(call.expression)) return [];
    if (known.owner === "PromiseConstructor" && known.name === "allSettled")
      return reportIn(call.arguments ?? [], names, "Promise.allSettled");
    if (known.owner !== "Promise" || !handlerAt.has(known.name)) return [];
    const handler = call.arguments?.[handlerAt.get(known.name) ?? 0];
    const body = handler && names.localFunction(handler)?.body;
    if (!body || throwsIn(body, names).length > 0) return [];
    return reportIn([call.expression.expression], names, `${known.name}()`);
  });
}

/** Which argument of a promise's method gets the error. */
const handlerAt = new Map([
  ["catch", 0],
  ["then", 1],
]);

function reportIn(nodes: readonly ts.Node[], names: Names, by: string): Report[] {
  const request = nodes.flatMap(names.callsIn).find((one) => isRequest(one, names));
  return request ? [report(request, names, by)] : [];
}

/** The call makes a request. Requests in a step are not among what a call reaches: golem-retry gets their errors first. */
function isRequest(call: Call, names: Names, seen = new Set<ts.Node>()): boolean {
  return names.reach(call).some(({ known, call: at }) => {
    if (isFetch(known)) return true;
    const body = isScope(known) && at.arguments?.[1] && names.localFunction(at.arguments[1])?.body;
    if (!body || seen.has(body)) return false;
    seen.add(body);
    return names.callsIn(body).some((inner) => isRequest(inner, names, seen));
  });
}

/** An error leaves such a scope as it is. */
const isScope = ({ module, name }: Known) => module === "golem-retry" && name === "withRetryPolicy";

const isFetch = ({ module, name }: Known) => module === "lib" && name === "fetch";

function report(at: Call, names: Names, by: string): Report {
  const via = names.known(at) ? undefined : names.reach(at)[0]?.via;
  return {
    rule: "caught-request",
    at,
    what: `${by} keeps the error of ${via ? `${via}, which makes a request` : "a request"}: one without an answer leaves a gap in the history, and each later recovery executes everything after it again`,
    remedy: "Make the request in attempt() of golem-retry, which gives you the value or the error, and leaves no gap.",
    claim: "caught-then-anew",
  };
}
