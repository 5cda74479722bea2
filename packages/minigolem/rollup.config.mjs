import { resolve } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";

const rest = resolve("dist/rest");

/** Node reads modules one by one: these are loaded in half the time in one file. */
export default [
  {
    // The guest thread. It needs no loader of ES modules, which takes a quarter of a thread's start.
    input: "dist/guest/thread.js",
    output: { file: "dist/guest/thread.bundle.cjs", format: "cjs" },
    external: /^node:/,
    plugins: [nodeResolve()],
  },
  {
    // The REST server, with what it needs of zod, which is the least part of it.
    logLevel: "silent", // of zod's own code: its circular imports, and comments that rollup does not read
    input: "dist/rest/server.js",
    output: { file: "dist/rest/server.js", format: "es" },
    external: (id, from) => from !== undefined && !/zod/.test(id + from) && !resolve(from, "..", id).startsWith(rest),
    plugins: [nodeResolve()],
  },
];
