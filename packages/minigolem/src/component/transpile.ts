import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { findPlaces, placesFile } from "./places.js";

/** The script within a transpiled component's folder. `.mjs`, as no package.json stands beside it. */
export const entry = "component.mjs";

/** Raised when what is written beside jco's files changes. */
const format = 2;

/** Where a transpiled component is. */
export interface Transpiled {
  dir: string;
  /** File names of its core modules. */
  core: string[];
}

const underWay = new Map<string, Promise<Transpiled>>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Turns a component into JavaScript and core modules, once: what was done before is taken from the cache. Works in a thread of
 * its own, one component after the other, for each takes a second of a core and 200 MB.
 * @param hash its SHA-256 in hexadecimal digits
 * @param wasm only read when it is not in the cache
 * @param cacheDir made when missing; processes may share it
 * @throws Error with jco's words, if it is no component that jco can handle
 */
export function transpile(hash: string, wasm: () => Uint8Array, cacheDir: string): Promise<Transpiled> {
  const dir = join(cacheDir, `${hash.slice(0, 40)}-${format}-jco${jcoVersion()}`);
  if (existsSync(dir)) return describe(dir);
  const current = underWay.get(dir);
  if (current) return current;
  const next = last.then(() => transpileTo(dir, wasm())).finally(() => underWay.delete(dir));
  underWay.set(dir, next);
  last = next.catch(() => {});
  return next;
}

async function describe(dir: string): Promise<Transpiled> {
  return { dir, core: (await readdir(dir)).filter((file) => file.endsWith(".wasm")).sort() };
}

async function transpileTo(dir: string, wasm: Uint8Array): Promise<Transpiled> {
  const files = await inThread(wasm);
  const draft = `${dir}.${process.pid}-${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  for (const [name, bytes] of Object.entries(files))
    await writeFile(join(draft, name === "component.js" ? entry : name), bytes);
  const modules = Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith(".wasm")));
  await writeFile(join(draft, placesFile), JSON.stringify(findPlaces(wasm, modules)));
  try {
    await rename(draft, dir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(dir)) throw error; // else another process was faster
  }
  return describe(dir);
}

function inThread(wasm: Uint8Array): Promise<Record<string, Uint8Array>> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL("./transpile-thread.js", import.meta.url), {
      workerData: wasm,
      name: "transpile",
    });
    worker.once("message", ({ files, error }: { files?: Record<string, Uint8Array>; error?: string }) =>
      files ? done(files) : fail(new Error(`jco cannot transpile the component: ${error}`)),
    );
    worker.once("error", fail);
  });
}

function jcoVersion(): string {
  const main = createRequire(import.meta.url).resolve("@bytecodealliance/jco-transpile");
  return JSON.parse(readFileSync(join(main, "../../package.json"), "utf8")).version;
}
