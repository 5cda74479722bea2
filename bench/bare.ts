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

/** By the first part of a URL's path. */
const work: Readonly<Record<string, (request: IncomingMessage, rest: string) => Promise<unknown>>> = {
  /** Takes a component's bytes, knows them by their sum, and makes an instance from modules that are on disk. */
  async upload(request) {
    const sum = createHash("sha256");
    for await (const part of request) sum.update(part);
    sum.digest();
    const files = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    const modules = files.sort().map((name) => WebAssembly.compile(readFileSync(join(folder, name))));
    [main] = await Promise.all(modules);
    instantiate();
  },
  /** Asks a service from a new instance. */
  async attempt() {
    instantiate();
    await fetch(upstream).then((answer) => answer.text());
  },
  /** Passes a call on to a worker's thread. */
  async call(_, thread) {
    const worker = threads[Number(thread)];
    if (!worker) throw new Error(`there is no thread ${thread}`);
    worker.postMessage("call");
    await once(worker, "message");
  },
};

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
