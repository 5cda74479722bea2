import { nodeResolve } from "@rollup/plugin-node-resolve";
import type { RollupOptions } from "rollup";
import esbuild from "rollup-plugin-esbuild";

/**
 * The rollup options of a guest: TypeScript through esbuild, packages bundled, host interfaces left as imports.
 * An app's rollup.config.mjs exports it, changed as needed; input and output are the build's.
 */
export const rollupConfig = (): RollupOptions => ({
  external: [/^golem:/, /^wasi:/],
  treeshake: { moduleSideEffects: "no-external" }, // an interface that nothing uses need not be in the world
  plugins: [nodeResolve({ extensions: [".ts", ".mjs", ".js"] }), esbuild({ target: "es2022", tsconfig: false })],
});
