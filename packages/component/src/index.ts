export { type BuiltComponent, buildComponent, buildComponents, type ComponentSource } from "./build.js";
export { BuildError, type Problem } from "./problem.js";
export { rollupConfig } from "./rollup-config.js";
