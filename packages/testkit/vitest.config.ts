import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/*.test.ts"],
    globalSetup: "./test/build-component.ts",
    setupFiles: "./test/in-component.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
