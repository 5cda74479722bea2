import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { bounded } from "./bounded.js";
import { entry, type Files, readEntry, writeEntry } from "./cache.js";
import { findPlaces, placesFile } from "./places.js";

/** Raised when what is kept of a transpiled component changes. */
const format = 5;

/** Milliseconds until a component is given up that jco does not come to an end with. */
const patience = 60_000;

/** A component as JavaScript and core modules. */
export interface Transpiled {
  /** Where it is kept. */
  dir: string;
  /** The body of a function that makes an instance, in UTF-8, in memory that threads share. */
  script: Uint8Array<SharedArrayBuffer>;
  /** Core modules by file name. */
  core: Map<string, Uint8Array<ArrayBuffer>>;
}

const underWay = new Map<string, Promise<Transpiled>>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Turns a component into JavaScript and core modules, once: what was done before is taken from the cache, if it is as it was
 * written. Works in a thread of its own, one component after the other, for each takes a second of a core and 200 MB.
 * @param hash its SHA-256 in hexadecimal digits
 * @param wasm only read when it is not in the cache
 * @param cacheDir made when missing; processes may share it
 * @param memory bytes that an instance may have
 * @throws Error with jco's words, if it is no component that jco can handle, or it begins with more memory
 */
export function transpile(
  hash: string,
  wasm: () => Uint8Array,
  { cacheDir, memory }: { cacheDir: string; memory: number },
): Promise<Transpiled> {
  const dir = join(cacheDir, `${hash.slice(0, 40)}-${format}-jco${jcoVersion()}-${memory}`);
  const current = underWay.get(dir) ?? fromCache(dir, wasm, memory).finally(() => underWay.delete(dir));
  underWay.set(dir, current);
  return current;
}

async function fromCache(dir: string, wasm: () => Uint8Array, memory: number): Promise<Transpiled> {
  const kept = await readEntry(dir);
  if (kept) return describe(dir, kept);
  const next = last.then(() => transpileTo(dir, wasm(), memory));
  last = next.catch(() => {});
  return next;
}

function describe(dir: string, files: Files): Transpiled {
  const source = files[entry] as Uint8Array;
  const script = new Uint8Array(new SharedArrayBuffer(source.length));
  script.set(source);
  const core = new Map(
    Object.entries(files)
      .filter(([name]) => name.endsWith(".wasm"))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { dir, script, core };
}

async function transpileTo(dir: string, wasm: Uint8Array, memory: number): Promise<Transpiled> {
  const { [entry]: body, ...modules } = await inThread(wasm);
  const bound = bounded(new TextDecoder().decode(body), modules, memory);
  const places = findPlaces(wasm, modules);
  // Code comes after what is bounded, and has moved within its module.
  for (const [file, at] of Object.entries(places))
    if (at >= 0) places[file] = at - (bound[file]?.length ?? 0) + (modules[file]?.length ?? 0);
  const files = {
    ...bound,
    [entry]: body as Uint8Array<ArrayBuffer>,
    [placesFile]: new TextEncoder().encode(JSON.stringify(places)),
  };
  await writeEntry(dir, files);
  return describe(dir, files);
}

function inThread(wasm: Uint8Array): Promise<Files> {
  return new Promise((done, fail) => {
    const refuse = (why: string) => fail(new Error(`jco cannot transpile the component: ${why}`));
    const worker = new Worker(new URL("./transpile-thread.js", import.meta.url), {
      workerData: wasm,
      name: "transpile",
    });
    const limit = setTimeout(() => {
      refuse(`it came to no end within ${patience / 1000} seconds`);
      void worker.terminate();
    }, patience);
    worker.once("message", ({ files, error }: { files?: Files; error?: string }) =>
      files ? done(files) : refuse(error ?? "unknown"),
    );
    worker.once("error", (error) => refuse(error.message));
    worker.once("exit", () => {
      clearTimeout(limit);
      refuse("its thread ended without a result");
    });
  });
}

let version: string | undefined;

function jcoVersion(): string {
  const main = createRequire(import.meta.url).resolve("@bytecodealliance/jco-transpile");
  version ??= JSON.parse(readFileSync(join(main, "../../package.json"), "utf8")).version as string;
  return version;
}
