import { defineConfig } from "vitest/config";

// One process: the toolchain takes seconds to load, and 850 MB.
export default defineConfig({
  test: { include: ["test/*.test.ts"], isolate: false, maxWorkers: 1, testTimeout: 60_000 },
});
