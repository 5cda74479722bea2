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
  // Its names become those of JavaScript functions, and not all can: one that is called `eval`, say.
  const script = Buffer.from(files["component.js"] as Uint8Array).toString("base64");
  await import(`data:text/javascript;base64,${script}`);
  parentPort?.postMessage({ files });
} catch (error) {
  parentPort?.postMessage({ error: (error as Error).message ?? String(error) });
}
