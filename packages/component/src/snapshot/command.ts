/**
 * Replaces the command `wizer`, which componentize-js runs. It loads the bundle into the JavaScript engine once, at build time, and
 * keeps the memory. wizer compiles the 10 MB of the engine with an optimising compiler first. That takes 20 s of CPU for each
 * component. Here V8 compiles only the functions that run.
 */
import { isMainThread, Worker } from "node:worker_threads";
import { callOf, snapshot } from "./run.js";

if (isMainThread) {
  // A thread, because only a thread can be given a stack for the frames of unoptimised code.
  const worker = new Worker(new URL(import.meta.url), {
    argv: process.argv.slice(2),
    resourceLimits: { stackSizeMb: 16 },
  });
  worker.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  worker.on("exit", (code) => {
    process.exitCode ||= code;
  });
} else {
  const { PATH: _, NODE_NO_WARNINGS: __, ...env } = process.env as Record<string, string>;
  snapshot(callOf(process.argv.slice(2), env));
}
