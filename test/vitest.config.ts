import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*/*.test.ts"],
    exclude: [
      "ejected/**", // a workspace of its own, so that turbo has its results at hand
      // Against a server: npm run test:golem, in a run of its own.
      ...(process.env.npm_lifecycle_event === "test:golem" ? [] : ["conformance/golem.test.ts"]),
    ],
    maxConcurrency: 3,
    fileParallelism: false,
    testTimeout: 60_000, // a limit for what hangs: a busy machine must not reach it
  },
});
