import { afterAll } from "vitest";
import { embedded } from "./engine.ts";
import type { ComponentName, Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios/index.ts";
import { type Results, suite } from "./suite.ts";
import { table } from "./table.ts";

const results: Results = new Map();

/** Most with a minigolem as it is; where the recorded server is at fault, with one that has the same faults. */
for (const faults of [false, true]) {
  for (const virtual of [true, false]) {
    const mine = scenarios.filter(
      ({ time, better }) => (better !== undefined) === faults && (time !== "real") === virtual,
    );
    const time = virtual ? "virtual" : "real";
    const start = (components: readonly ComponentName[]) => embedded(components, { time, faults });
    const title = `minigolem in ${time} time${faults ? ", with Golem's faults" : ""}`;
    const own = ({ alone, time }: Scenario) => alone === true || time === "held";
    const shared = mine.filter((scenario) => !own(scenario));
    // A worker that hangs with a request under way keeps virtual time from jumping: such scenarios come last.
    const alone = [
      ...mine.filter(({ time }) => time === "held"),
      ...mine.filter(({ time, alone }) => alone && time !== "held"),
    ];
    suite({ title, scenarios: shared, start, virtual, concurrent: true }, results);
    if (alone.length > 0)
      suite({ title: `${title}, alone`, scenarios: alone, start, virtual, concurrent: false }, results);
  }
}

afterAll(() => {
  process.stdout.write(`\n${table(scenarios, results)}\n`);
  if (!process.env.GOLEM_URL)
    process.stdout.write("\nNOT COMPARED with a Golem server: GOLEM_URL=http://… npm run test:golem does that\n");
});
