import { defineConfig } from "vitest/config";

/** Only the tests of one part: no component is built for them, and no engine started. */
export default defineConfig({ test: { include: JSON.parse(process.env.MUTATION_TESTS ?? "[]") } });
