import { parentPort, workerData } from "node:worker_threads";
import { transpileBytes } from "@bytecodealliance/jco-transpile";

/** Runs jco on `workerData`, and posts `{ files }` or `{ error }`. */
try {
  const { files } = await transpileBytes(workerData as Uint8Array, {
    name: "component",
    instantiation: "sync",
    nodejsCompat: false,
    emitTypescriptDeclarations: false,
    noComponentErrorWrapping: true,
  });
  parentPort?.postMessage({ files });
} catch (error) {
  parentPort?.postMessage({ error: (error as Error).message ?? String(error) });
}
