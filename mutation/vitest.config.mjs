import { defineConfig } from "vitest/config";

/**
 * Gives each test file that can't be loaded a failed test. Stryker looks at tests only. Without this one it would take a change that
 * keeps the source from being loaded for a change that no test noticed.
 */
const loads = {
  onTestRunEnd(modules) {
    for (const { task: file } of modules) {
      const { result, tasks } = file;
      if (result?.state === "fail" && tasks.length === 0)
        tasks.push({ type: "test", name: "the file can be loaded", mode: "run", file, suite: file, result, tasks: [] });
    }
  },
};

/** Only the tests of one part: no component is built for them, and no engine started. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env.MUTATION_TESTS ?? "[]"),
    reporters: [loads],
    testTimeout: 10_000, // a change may keep a promise from being settled
  },
});
