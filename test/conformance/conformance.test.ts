import { afterAll } from "vitest";
import { embedded } from "./engine.ts";
import { scenarios } from "./scenarios/index.ts";
import { type Results, suite } from "./suite.ts";
import { table } from "./table.ts";

const results: Results = new Map();

for (const virtual of [true, false]) {
  const mine = scenarios.filter(({ time }) => (time !== "real") === virtual);
  const time = virtual ? "virtual" : "real";
  const start = () => embedded(time);
  const shared = mine.filter(({ alone }) => !alone);
  const alone = mine.filter((scenario) => scenario.alone);
  suite({ title: `minigolem in ${time} time`, scenarios: shared, start, virtual, concurrent: true }, results);
  suite({ title: `minigolem in ${time} time, alone`, scenarios: alone, start, virtual, concurrent: false }, results);
}

afterAll(() => {
  process.stdout.write(`\n${table(scenarios, results)}\n`);
  if (!process.env.GOLEM_URL)
    process.stdout.write("\nNOT COMPARED with a Golem server: GOLEM_URL=http://… npm run test:golem does that\n");
});
