import type { Call, Scenario, Step } from "../scenario.js";
import type { Act } from "../upstream.js";
import { by, each, failures, inTurn, text, withTimeouts } from "./answers.js";

const policy = JSON.stringify({ retries: 2, minDelay: "100ms", maxDelay: "300ms", multiplier: 1.5 });
const slow = JSON.stringify({ retries: 2, minDelay: "15s", maxDelay: "30s", multiplier: 2 });
const timeout = '{"timeout":"20s"}';
const thrown = '{"exhausted":"throw","timeout":"20s"}';

const count: Call = { function: "count", params: [] };
const inForce: Call = { function: "get-policy", params: [] };

type Given = Pick<Scenario, "answers" | "ends"> & Partial<Scenario>;

/** Between two calls that show whether the worker's memory comes back. */
function retry(name: string, call: string, params: unknown[], given: Given): Scenario {
  const steps: Step[] = [
    { does: "call", key: "before", ...count },
    { does: "call", key: "k", function: call, params },
    { does: "call", key: "after", ...count },
  ];
  return {
    name: `retry/${name}`,
    component: { folder: "packages/retry/test/component", wasm: "component" },
    steps,
    probes: [count, inForce],
    limit: 20_000,
    ...given,
  };
}

const fine = text("fine");

/** Both functions promise the same. */
const both = (["step", "in-place"] as const).flatMap((how) => [
  retry(`${how}-ok`, how, ["upstream", policy, "{}"], { answers: by({}), ends: /fine/ }),
  ...each(withTimeouts, (kind, act) =>
    retry(`${how}-${kind}`, how, ["upstream", policy, timeout], { answers: inTurn(act, fine), ends: /fine/ }),
  ),
  ...each(withTimeouts, (kind, act) =>
    retry(`${how}-${kind}-fails`, how, ["upstream", policy, timeout], {
      answers: inTurn(act),
      ends: /execution 3 of 3/,
    }),
  ),
  retry(`${how}-gives-up`, how, ["upstream", policy, "{}"], {
    answers: inTurn(503, 410),
    ends: /execution 2 of 3.*given up/,
  }),
  retry(`${how}-suspended`, how, ["upstream", slow, "{}"], { answers: inTurn(503, "reset", fine), ends: /fine/ }),
  retry(`${how}-deadline`, how, ["upstream", slow, '{"deadline":"20s"}'], {
    answers: inTurn("reset"),
    ends: /execution 2 of 3/,
  }),
]);

const caught = (["step-caught", "in-place-caught"] as const).flatMap((how) => [
  ...each(withTimeouts, (kind, act) =>
    retry(`${how}-${kind}-thrown`, how, ["upstream", policy, thrown], { answers: inTurn(act), ends: /caught/ }),
  ),
  retry(`${how}-retry-if`, how, ["upstream", policy, '{"exhausted":"throw","retryIf":503}'], {
    answers: inTurn(503, 404),
    ends: /caught/,
  }),
]);

/** Failures that a component lives with. */
const tried = [
  retry("attempt-ok", "tried", ["upstream", "{}"], { answers: by({}), ends: /fine/ }),
  ...each(withTimeouts, (kind, act) =>
    retry(`attempt-${kind}`, "tried", ["upstream", timeout], { answers: inTurn(act), ends: /message/ }),
  ),
  ...each(failures, (kind, act) =>
    retry(`attempt-${kind}-in-step`, "tried-in-step", ["upstream", policy, "{}"], {
      answers: by({ "/a": [act], "/c": [503, fine] }),
      ends: /message/,
    }),
  ),
  ...each(failures, (kind, act) =>
    retry(`attempt-${kind}-in-atomically`, "tried-in-atomically", ["upstream"], {
      answers: by({ "/a": [act], "/b": [503, fine] }),
      ends: /message/,
    }),
  ),
];

const failing: Act[] = [503, "reset", fine];

const combined = [
  retry("two-steps", "two-steps", ["upstream", policy, "{}"], { answers: inTurn(...failing), ends: /fine/ }),
  retry("step-in-scope", "step-in-scope", ["upstream", policy, "{}"], {
    answers: inTurn(...failing),
    ends: /"retries\\":7/,
  }),
  retry("scope-in-step", "scope-in-step", ["upstream", policy, "{}"], { answers: inTurn(...failing), ends: /fine/ }),
  retry("scope-in-step-thrown", "scope-in-step", ["upstream", policy, thrown], {
    answers: inTurn("reset"),
    ends: /caught/,
  }),
  retry("step-with-key", "step-with-key", ["upstream", policy], { answers: inTurn(...failing), ends: /uuid/ }),
  retry("step-policy-wait", "step", ["upstream", policy, '{"wait":"policy"}'], {
    answers: inTurn(...failing),
    ends: /fine/,
  }),
  retry("in-place-in-step", "in-place-in-step", ["upstream", policy], {
    answers: inTurn(503, 503, 503, 503, fine),
    ends: /fine/,
  }),
  retry("loop-in-step", "loop-in-step", ["upstream", policy, policy, thrown], {
    answers: by({ "/a": failing, "/b": ["reset", 503, fine] }),
    ends: /fine/,
  }),
  retry("loop-in-step-fails", "loop-in-step", ["upstream", policy, policy, thrown], {
    answers: by({ "/a": ["reset"] }),
    ends: /caught/,
  }),
  retry("step-then", "step-then", ["upstream", policy, "{}"], {
    answers: by({ "/after": [fine], "/": failing }),
    ends: /fine.*fine/,
  }),
  retry("in-place-then", "in-place-then", ["upstream", policy, "{}"], {
    answers: by({ "/after": [fine], "/": failing }),
    ends: /fine.*fine/,
  }),
  retry("fallible-step", "fallible", ["step", "upstream", policy, thrown], { answers: inTurn(503), ends: /err/ }),
  retry("fallible-in-place", "fallible", ["in-place", "upstream", policy, thrown], {
    answers: inTurn(503),
    ends: /err/,
  }),
  retry("odd-step", "odd-error", ["step", "rejected undefined", policy], { answers: by({}), ends: /2/ }),
  retry("odd-in-place", "odd-error", ["in-place", "thrown string", policy], { answers: by({}), ends: /2/ }),
  retry("changed-step", "changed", ["step", "upstream", policy], { answers: inTurn(...failing), ends: /2/ }),
  retry("changed-in-place", "changed", ["in-place", "upstream", policy], { answers: inTurn(...failing), ends: /2/ }),
  retry("override-ok", "override", ["upstream", policy, "success"], { answers: by({}), ends: /fine/ }),
  retry("override-5xx", "override", ["upstream", policy, "success"], { answers: inTurn(503), ends: /failed/ }),
  retry("override-caught", "override-caught", ["upstream", policy, "success"], {
    answers: inTurn(503),
    ends: /caught/,
  }),
  retry("atomic-ok", "atomic", ["upstream"], { answers: by({}), ends: /fine/ }),
  retry("atomic-5xx", "atomic", ["upstream"], { answers: by({ "/b": [503, fine] }), ends: /fine/ }),
];

/** What happens to a worker from outside, while a step waits or runs. */
const disturbed = (["step", "in-place"] as const).flatMap((how) => {
  const call: Call = { function: how, params: ["upstream", slow, "{}"] };
  const answers = inTurn(...failing);
  return [
    retry(`${how}-queue`, how, [], {
      steps: [
        {
          does: "calls",
          calls: [
            { key: "a", ...call },
            { key: "b", ...count },
            { key: "c", ...count },
          ],
        },
      ],
      answers,
      ends: /fine|2/,
    }),
    retry(`${how}-update`, how, [], { steps: [{ does: "update", key: "u", ...call }], answers, ends: /fine/ }),
    retry(`${how}-interrupt`, how, [], {
      steps: [{ does: "interrupt", key: "i", ...call }],
      answers,
      ends: /fine/,
    }),
    retry(`${how}-revert`, how, [], {
      steps: [
        { does: "call", key: "before", ...count },
        { does: "call", key: "r", ...call },
        { does: "revert" },
        { does: "call", key: "after", ...count },
      ],
      answers,
      ends: /2/,
    }),
  ];
});

export const retryCases: Scenario[] = [...both, ...caught, ...tried, ...combined, ...disturbed];
