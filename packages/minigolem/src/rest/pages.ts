import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { FastifyInstance } from "fastify";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/**
 * Serves the files of a folder at `/`, such as the web console's. It has a route for each file, so that nothing else can be reached
 * and what REST says about a path that is not there stays as it is.
 */
export function servePages(app: FastifyInstance, folder: string): void {
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const file = join(folder, name);
    const paths = name === "index.html" ? ["/", "/index.html"] : [`/${name}`];
    for (const path of paths)
      app.get(path, (_, reply) => reply.type(type).header("cache-control", "no-cache").send(readFileSync(file)));
  }
}
