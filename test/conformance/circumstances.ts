import type { Scenario } from "./scenario.ts";

/** Of a worker that is called after a restart. */
export const restarted: Scenario["varies"] = {
  fields: ["pending"],
  because: "after a restart the recorded server had the worker in memory when it was called, or not, as it happened",
};
