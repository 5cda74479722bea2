import type { Scenario } from "../scenario.js";
import { apps } from "./apps.js";
import { engineCases } from "./engine.js";
import { retryCases } from "./retry-cases.js";

export { sample } from "./sample.js";

export const scenarios: readonly Scenario[] = [...apps, ...retryCases, ...engineCases];
