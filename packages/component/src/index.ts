/**
 * Builds components from a script or a test: {@link buildComponents}. On the command line it is `golem-component build`.
 * @module golem-component
 */

export { type BuiltComponent, buildComponent, type ComponentSource } from "./build.js";
export { type BuildOptions, buildComponents } from "./build-all.js";
export { BuildError, type Problem } from "./problem.js";
export { rollupConfig } from "./rollup-config.js";
