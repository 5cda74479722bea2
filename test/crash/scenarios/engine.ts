import type { Call, Scenario, Step } from "../scenario.js";
import { by, text } from "./answers.js";

const count: Call = { function: "count", params: [] };
const each: Call = { function: "ask-each", params: [["upstream/a", "upstream/b"]] };
const all: Call = { function: "ask-all", params: [["upstream/a", "upstream/b"], 1000] };
const sleep: Call = { function: "pause", params: [60_000] };

type Given = Pick<Scenario, "answers" | "ends" | "steps"> & Partial<Scenario>;

/** A component that imports nothing of golem-retry: what is found here is the engine's. */
const engine = (name: string, given: Given): Scenario => ({
  name: `engine/${name}`,
  component: { folder: "packages/minigolem/test/component", wasm: "component" },
  probes: [count],
  ...given,
});

const call = (key: string, one: Call): Step => ({ does: "call", key, ...one });

export const engineCases: Scenario[] = [
  engine("pure", {
    steps: [call("a", count), call("b", { function: "compute", params: [10_000] }), call("c", count)],
    answers: by({}),
    ends: /2/,
  }),
  engine("requests", { steps: [call("a", each), call("b", count)], answers: by({}), ends: /1/ }),
  engine("region", { steps: [call("a", all)], answers: by({ "/b": [503, text("fine")] }), ends: /fine/ }),
  engine("retrying", { steps: [call("a", each)], answers: by({ "/b": [503] }), ends: /failed/ }),
  engine("reset", { steps: [call("a", each)], answers: by({ "/b": ["reset", text("fine")] }), ends: /fine/ }),
  engine("unread", {
    steps: [call("a", count), call("b", { function: "ask-unread", params: ["upstream/a"] })],
    answers: by({}),
    ends: /200/,
    gap: true,
  }),
  engine("overlapping", {
    steps: [
      call("a", count),
      call("b", { function: "at-once", params: [["upstream/a", "upstream/b", "upstream/c"], 0, 0] }),
    ],
    answers: by({ "/b": [503] }),
    ends: /200 4.*503 3.*200 4/,
    gap: true,
  }),
  engine("promise", {
    steps: [call("a", count), { does: "complete", key: "b", function: "promised", params: [] }, call("c", count)],
    answers: by({}),
    ends: /1,2,3/,
  }),
  engine("suspended", { steps: [call("a", sleep)], answers: by({}), ends: /60000/ }),
  engine("queue", {
    steps: [{ does: "calls", calls: ["a", "b", "c", "d"].map((key) => ({ key, ...count })) }, call("e", each)],
    answers: by({}),
    ends: /fine/,
  }),
  engine("update", {
    steps: [call("a", count), { does: "update", key: "b", ...sleep }],
    answers: by({}),
    ends: /60000/,
  }),
  engine("interrupt", {
    steps: [call("a", count), { does: "interrupt", key: "b", ...sleep }],
    answers: by({}),
    ends: /60000/,
  }),
  engine("revert", {
    steps: [call("a", count), call("b", each), { does: "revert" }, call("c", count)],
    answers: by({}),
    ends: /2/,
  }),
];
