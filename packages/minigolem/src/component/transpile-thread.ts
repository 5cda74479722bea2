import { parentPort, workerData } from "node:worker_threads";
import { entry, type Files } from "./cache.js";
import { compiles } from "./compile.js";
import { jco } from "./jco.js";
import { filledIn, type Outline, outline } from "./outline.js";
import { scriptBody } from "./script.js";
import { synchronous } from "./synchronous.js";

/** Runs jco on `workerData`, and posts `{ files }` or `{ error }`. */
try {
  const wasm = workerData as Uint8Array;
  const files = (await byOutline(wasm)) ?? (await jco(wasm));
  // Its names become names of JavaScript functions. Not all can: `eval`, for example.
  const { "component.js": script, ...modules } = files;
  const body = scriptBody(synchronous(new TextDecoder().decode(script)));
  parentPort?.postMessage({ files: { ...modules, [entry]: new TextEncoder().encode(body) } });
} catch (error) {
  parentPort?.postMessage({ error: (error as Error).message ?? String(error) });
}

/**
 * jco looks at each instruction, and does nothing with it but check it, which V8 does in a twentieth of the time.
 * @returns undefined when the component is not all right, or is one whose code jco changes
 */
async function byOutline(wasm: Uint8Array): Promise<Files | undefined> {
  const { bytes, modules } = outlined(wasm) ?? {};
  if (!bytes || !modules?.every(({ whole }) => compiles(whole))) return undefined;
  return jco(bytes).then(
    (files) => filledIn(files, modules),
    () => undefined,
  );
}

function outlined(wasm: Uint8Array): Outline | undefined {
  try {
    return outline(wasm);
  } catch {
    return undefined; // jco says what is wrong
  }
}
