import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The host's interfaces, for a test that imports what needs them. All others run the component on an engine. */
const host = fileURLToPath(new URL("test/host.ts", import.meta.url));

export default defineConfig({
  resolve: { alias: [{ find: /^(golem:api\/host|wasi:\w+\/\w+)@.*$/, replacement: host }] },
  test: {
    globalSetup: "./test/build-component.ts",
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
