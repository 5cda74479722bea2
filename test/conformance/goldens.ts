import { readFileSync } from "node:fs";
import type { Recording } from "./recording.ts";

/** What Golem 1.2.0 did in a scenario. */
export const recorded = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`./recordings/${name}.json`, import.meta.url), "utf8"));
