import type { Known, Names } from "./names.js";
import { type Call, isFunction } from "./walk.js";

/** The functions of golem-retry that run a body again, or drop what it did, and which argument is that body. */
const bodyAt = { retrying: 1, retryingInPlace: 1, attempt: 0, atomically: 0 } as const;

/** What runs a body as a unit: a step, a loop, an attempt or a region. */
export type StepKind = keyof typeof bodyAt;

/** The kind of step that a call begins; undefined if it begins none. */
export const stepOf = (known: Known | undefined): StepKind | undefined =>
  known?.module === "golem-retry" && known.name in bodyAt ? (known.name as StepKind) : undefined;

/** The body of a call that begins a step, if it is a function of the component's own. */
export function bodyOf(call: Call, kind: StepKind, names: Names) {
  const value = call.arguments?.[bodyAt[kind]];
  const found = value && names.localFunction(value);
  return found?.body ? { fn: found, body: found.body } : undefined;
}

/** All functions of the component's own that run within a step: bodies, and what they call. */
export function withinSteps(names: Names, calls: readonly Call[]): Set<object> {
  const found = new Set<object>();
  const enter = (fn: object, body: Parameters<Names["callsIn"]>[0]) => {
    if (found.has(fn)) return;
    found.add(fn);
    for (const call of names.callsIn(body)) {
      const called = names.local(call);
      if (called && isFunction(called) && called.body) enter(called, called.body);
    }
  };
  for (const call of calls) {
    const kind = stepOf(names.known(call));
    const step = kind && bodyOf(call, kind, names);
    if (step) enter(step.fn, step.body);
  }
  return found;
}
