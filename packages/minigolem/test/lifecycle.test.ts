import { describe, expect, test } from "vitest";
import {
  type Ask,
  answers,
  type Happening,
  hasInstance,
  moves,
  type State,
  stateOf,
  states,
  statusOf,
} from "../src/worker/lifecycle.js";
import { WorkerState } from "../src/worker/state.js";
import type { WorkerSurroundings } from "../src/worker/surroundings.js";

const asks = Object.keys(answers) as Ask[];
const happenings = Object.keys(moves) as Happening[];
const next = (happening: Happening, state: State): State | undefined => moves[happening][state];

/** All states that can follow, in one step or in many. */
function reachable(start: State, allowed: readonly Happening[] = happenings): Set<State> {
  const found = new Set([start]);
  for (const state of found)
    for (const happening of allowed) {
      const to = next(happening, state);
      if (to) found.add(to);
    }
  return found;
}

const every = states.flatMap((state) =>
  [...asks, ...happenings].map((event): [State, Ask | Happening] => [state, event]),
);

test.each(every)("%s, %s: has an outcome", (state, event) => {
  if (event in answers) expect(answers[event as Ask][state]).toMatch(/^[a-z]+(: [a-z]+)?$/);
  else expect([undefined, ...states]).toContain(moves[event as Happening][state]);
});

test("no state is there for nothing: each is reached from a new worker's, and each event happens in some", () => {
  expect([...reachable("unloaded")].sort()).toEqual([...states].sort());
  for (const happening of happenings) expect(states.some((state) => next(happening, state))).toBe(true);
});

test("a start of the engine finds a worker in a state that has the status in its store", () => {
  for (const [status, state] of Object.entries(stateOf)) expect(statusOf[state]).toBe(status);
  for (const state of states) if (state !== "deleted") expect(stateOf).toHaveProperty(statusOf[state] as string);
});

describe("what is done leads to a state that can follow", () => {
  const steps: Record<string, (state: State) => boolean> = {
    start: (state) => state === "idle" || next("loading", state) === "starting",
    "start: untimed": (state) => next("loading", state) === "starting",
    wake: (state) => next("loading", state) === "starting",
    invoke: (state) => next("invoked", state) === "running",
    signal: (state) => state === "running",
    stop: (state) => next("interrupted", state) === "interrupted",
    reload: (state) => next("loading", next("unloaded", state) ?? state) === "starting",
    remember: hasInstance,
    hazard: (state) => state === "retrying",
    wait: (state) => answers.timer[state] === "start",
    next: (state) => answers.next[state] === "start",
    queue: (state) => hasInstance(state) || answers.next[state] !== "nothing",
    nothing: () => true,
  };
  test.each(asks)("%s", (ask) => {
    for (const state of states) {
      const answer = answers[ask][state];
      if (!answer.startsWith("refuse")) expect([state, steps[answer]?.(state)]).toEqual([state, true]);
    }
  });
});

test("a deleted worker stays deleted, whatever happens", () => {
  expect(reachable("deleted")).toEqual(new Set(["deleted"]));
});

test("a revert and a deletion find every worker in a state that they can end, once its instance is gone", () => {
  for (const state of states.filter((state) => state !== "deleted")) {
    const stopped = next("over", state) as State;
    expect(hasInstance(stopped)).toBe(false);
    expect(next("reverted", stopped)).toBe("unloaded");
    expect(next("deleted", stopped)).toBe("deleted");
  }
});

test("a record that cannot be read or written interrupts a worker in every state, and a resume has it go on", () => {
  for (const state of states.filter((state) => state !== "deleted")) expect(next("broken", state)).toBe("interrupted");
  expect(answers.resume.interrupted).toBe("start");
});

test("only one that is failed, exited or interrupted does not go on by itself, by its timer or by its promise", () => {
  const stuck = states.filter(
    (state) =>
      !hasInstance(state) &&
      answers.timer[state] !== "start" &&
      !["start", "next"].includes(answers.found[state]) &&
      state !== "deleted",
  );
  expect(stuck).toEqual(["interrupted", "failed", "exited"]);
});

test("a completed promise starts neither a worker that is over nor one that waits for its next attempt", () => {
  const started = states.filter((state) => answers.promise[state] === "start");
  expect(started).toEqual(["unloaded", "halted", "suspended", "interrupted"]);
  expect(answers.promise.retrying).toBe("start: untimed");
});

test("guest code runs after a start or an invocation only, and a run is judged before anything follows", () => {
  const into = happenings.filter((happening) =>
    states.some((s) => s !== "running" && next(happening, s) === "running"),
  );
  expect(into).toEqual(["recovering", "invoked"]);
  const outOf = happenings.filter((happening) => next(happening, "running"));
  expect(outOf.map((happening) => [happening, next(happening, "running")])).toEqual([
    ["over", "halted"],
    ["broken", "interrupted"],
  ]);
});

test("what could not be kept has not happened", () => {
  const row = {
    ...{ key: 1, componentId: "c", name: "w", version: 0, created: 1, args: [], env: {}, hazards: [] },
    ...{ status: "Suspended" as const, wake: 7n },
  };
  let full = true;
  const update = () => {
    if (full) throw new Error("there is no space left");
  };
  const state = new WorkerState(row, { store: { workers: { update } } } as unknown as WorkerSurroundings);
  expect(() => state.happened("loading")).toThrow("no space");
  expect([state.now, row.status, row.wake]).toEqual(["suspended", "Suspended", 7n]);
  full = false;
  state.happened("loading");
  expect([state.now, row.status, row.wake]).toEqual(["starting", "Running", undefined]);
});
