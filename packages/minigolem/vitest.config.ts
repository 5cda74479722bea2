import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/*.test.ts"],
    globalSetup: "./test/build-component.ts",
    execArgv: ["--liftoff-only", "--single-threaded-gc"], // engines here live for a test: to optimise their code takes longer than to run it
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
