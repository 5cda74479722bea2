import { parentPort, workerData } from "node:worker_threads";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { entry } from "./cache.js";
import { scriptBody } from "./script.js";
import { synchronous } from "./synchronous.js";

/** Runs jco on `workerData`, and posts `{ files }` or `{ error }`. */
try {
  const { files } = await transpileBytes(workerData as Uint8Array, {
    name: "component",
    instantiation: "sync",
    nodejsCompat: false,
    emitTypescriptDeclarations: false,
    noComponentErrorWrapping: true,
  });
  // Its names become names of JavaScript functions. Not all can: `eval`, for example.
  const { "component.js": script, ...modules } = files;
  const body = scriptBody(synchronous(new TextDecoder().decode(script)));
  parentPort?.postMessage({ files: { ...modules, [entry]: new TextEncoder().encode(body) } });
} catch (error) {
  parentPort?.postMessage({ error: (error as Error).message ?? String(error) });
}
