import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differenceLine } from "./differ.ts";
import type { Engine } from "./engine.ts";
import { recorded } from "./goldens.ts";
import { judge, type Verdict } from "./judge.ts";
import { componentOf, type GroupedScenario, record } from "./record.ts";
import type { ComponentName } from "./scenario.ts";

/** What came of each scenario, for the table. */
export type Results = Map<string, Verdict>;

interface Suite {
  title: string;
  scenarios: GroupedScenario[];
  /** @param components those that the scenarios call */
  start(components: readonly ComponentName[]): Promise<Engine>;
  virtual: boolean;
  /** False: one after the other. */
  concurrent: boolean;
}

/** One test per scenario, all on one engine. */
export function suite({ title, scenarios, start, virtual, concurrent }: Suite, results: Results): void {
  describe(title, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start([...new Set(scenarios.map(componentOf))]);
    }, 300_000);
    afterAll(() => engine?.close());
    for (const scenario of scenarios) {
      const options = { concurrent, timeout: (scenario.limit ?? 30_000) + 20_000 };
      test(`${scenario.name}: ${scenario.claim}`, options, async () => {
        const expected = recorded(scenario.name);
        // After a fault of the recorded server nothing is compared: minigolem may make fewer requests then.
        const compared = engine.hazards ? scenario.fault?.requests : undefined;
        const found = await record(scenario, engine, compared ?? expected.upstream.length);
        const hazards = engine.hazards && (engine.hazards.get(`${scenario.name}-${engine.run}`) ?? new Set());
        const verdict = judge(scenario, expected, found, { virtual, hazards });
        results.set(scenario.name, verdict);
        expect(verdict.wrong.map(differenceLine)).toEqual([]);
      });
    }
  });
}
