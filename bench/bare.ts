/**
 * A bare server of node:http, in a process of its own: for each request it does what an engine on Node cannot leave out, and nothing
 * else. What that takes is the floor under a figure of the engine. Arguments: the folder with a component's core modules, and the URL
 * of the upstream.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

const [folder = "", upstream = ""] = process.argv.slice(2);

const echo =
  'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (it) => parentPort.postMessage(it));';
const threads = Array.from({ length: 4 }, () => new Worker(echo, { eval: true }));

/** The module with the component's code and memory. */
let main: WebAssembly.Module | undefined;

/** Nothing runs in it, so that its host functions need not do anything. */
function instantiate(): void {
  if (!main) throw new Error("nothing was uploaded");
  const imports: WebAssembly.Imports = {};
  for (const { module, name } of WebAssembly.Module.imports(main)) {
    imports[module] ??= {};
    imports[module][name] = () => 0;
  }
  new WebAssembly.Instance(main, imports);
}

/** Compiles core modules, all at once, and makes an instance. */
async function load(modules: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
  [main] = await Promise.all(modules.map((bytes) => WebAssembly.compile(bytes)));
  instantiate();
}

/** As minigolem has it done: by jco in a thread, which translates a component into core modules. */
const jco = new URL("../packages/minigolem/dist/component/transpile-thread.js", import.meta.url);

/** By the first part of a URL's path. */
const work: Readonly<Record<string, (request: IncomingMessage, rest: string) => Promise<unknown>>> = {
  /** Takes a component's bytes, knows them by their sum, and makes an instance from modules that are on disk. */
  async upload(request) {
    const sum = createHash("sha256");
    for await (const part of request) sum.update(part);
    sum.digest();
    const files = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    await load(files.sort().map((name) => readFileSync(join(folder, name))));
  },
  /** Takes a component's bytes, translates them, and makes an instance. */
  async translate(request) {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    const [{ files, error }] = await once(new Worker(jco, { workerData: Buffer.concat(parts) }), "message");
    if (error) throw new Error(error);
    const modules = Object.keys(files).filter((name) => name.endsWith(".wasm"));
    await load(modules.sort().map((name) => files[name]));
  },
  /** Asks a service from a new instance. */
  async attempt() {
    instantiate();
    await fetch(upstream).then((answer) => answer.text());
  },
  /** Makes an instance, and passes its first call on to a thread. */
  async begin() {
    instantiate();
    await call(0);
  },
  call: (_, thread) => call(Number(thread)),
};

/** Passes a call on to a worker's thread. */
async function call(thread: number): Promise<void> {
  const worker = threads[thread];
  if (!worker) throw new Error(`there is no thread ${thread}`);
  worker.postMessage("call");
  await once(worker, "message");
}

const server = createServer(async (request, response) => {
  const [, what = "", rest = ""] = (request.url ?? "").split("/");
  try {
    await work[what]?.(request, rest);
  } catch (error) {
    response.statusCode = 500;
    response.write(String(error));
  }
  response.end();
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
