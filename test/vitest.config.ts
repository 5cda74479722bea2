import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*/*.test.ts"],
    // Against a server: npm run test:golem, in a run of its own.
    exclude: process.env.npm_lifecycle_event === "test:golem" ? [] : ["conformance/golem.test.ts"],
    globalSetup: "conformance/setup.ts",
    maxConcurrency: 3,
    fileParallelism: false,
  },
});
