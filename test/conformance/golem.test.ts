import { afterAll, describe, test } from "vitest";
import { remote } from "./engine.ts";
import { scenarios } from "./scenarios/index.ts";
import { type Results, suite } from "./suite.ts";
import { table } from "./table.ts";

const url = process.env.GOLEM_URL;

if (url) {
  const results: Results = new Map();
  suite(
    { title: url, scenarios, start: (components) => remote(url, components), virtual: false, concurrent: false },
    results,
  );
  afterAll(() => void process.stdout.write(`\n${table(scenarios, results)}\n`));
} else {
  process.stdout.write("\nSKIPPED: GOLEM_URL is not set, so nothing was compared with a Golem server\n\n");
  describe.skip("a Golem server", () => test("needs GOLEM_URL", () => {}));
}
