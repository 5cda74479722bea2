import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lintComponent } from "../src/build.js";
import { buildComponent } from "../src/index.js";
import { toText } from "../src/problem.js";

const component = (name: string) => join(import.meta.dirname, "components", name);
const within = (name: string, text = "") => text.replaceAll(`test/components/${name}/`, "");

test("a finding says where, what, what to do instead, and what shows it", { timeout: 30_000 }, async () => {
  const findings = await lintComponent({ dir: component("lint-warnings") });
  expect(within("lint-warnings", findings.map(toText).join("\n\n"))).toMatchInlineSnapshot(`
    "main.ts:3:15: warning: Date.now is called while the module loads: it is the time of the build, in every worker [top-level-effect]
      3 | const built = Date.now();
                        ^
    Move the call into an exported function: there its answer is on record. Golem 1.2.0 shows it: docs/conformance.md, noise.

    main.ts:13:7: warning: markEndOperation in finally closes the region before the error leaves the call: the failure is on record and is replayed, nothing is executed again [restore-on-failure]
      13 |       markEndOperation(begin);
                 ^
    Close the region on success only: atomically() of golem-retry, or retrying(), which is bounded. Golem 1.2.0 shows it: docs/conformance.md, region-finally.

    main.ts:14:7: warning: setRetryPolicy in finally runs before the error leaves the call, and Golem looks only then: the override has no effect [restore-on-failure]
      14 |       setRetryPolicy(old);
                 ^
    Put the old policy back on success only: withRetryPolicy() of golem-retry. Golem 1.2.0 shows it: docs/conformance.md, finally-restore."
  `);
});

test("warnings don't stop a build, and are said again while it is up to date", { timeout: 120_000 }, async () => {
  const dir = component("lint-warnings");
  await rm(join(dir, "dist"), { recursive: true, force: true });
  const { warnings } = await buildComponent({ dir });
  expect(warnings).toEqual(await lintComponent({ dir }));
  expect(warnings.map(({ rule }) => rule)).toEqual(["top-level-effect", "restore-on-failure", "restore-on-failure"]);
  expect(await buildComponent({ dir })).toMatchObject({ built: false, warnings });
});

test("what cannot run stops a build before anything is bundled", { timeout: 30_000 }, async () => {
  const steps: string[] = [];
  const error = await buildComponent({ dir: component("lint-errors") }, (step) => steps.push(step)).catch(
    (thrown: Error) => thrown.message,
  );
  expect(steps).toEqual(["WIT and types", "type check"]);
  expect(within("lint-errors", String(error))).toMatchInlineSnapshot(`
    "main.ts:3:25: error: getRetryPolicy is called while the module loads, at build time: there is no host yet [top-level-effect]
      3 | const { maxAttempts } = getRetryPolicy();
                                  ^
    Move the call into an exported function.

    main.ts:4:15: warning: Date.now is called while the module loads: it is the time of the build, in every worker [top-level-effect]
      4 | const built = Date.now();
                        ^
    Move the call into an exported function: there its answer is on record. Golem 1.2.0 shows it: docs/conformance.md, noise."
  `);
});
