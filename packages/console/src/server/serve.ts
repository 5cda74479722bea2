import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createProxyServer } from "httpxy";
import sirv from "sirv";
import { allowed } from "./allowed.js";

/** What {@link serveConsole} takes. */
export interface ConsoleOptions {
  /** The Golem server's REST API: `http://127.0.0.1:9881`. */
  golem: string;
  /** Address to listen on. Default 127.0.0.1. */
  host?: string;
  /** Default 0: one that is free. */
  port?: number;
}

/** A web console that is served. */
export interface Console {
  /** Where a browser finds it. */
  readonly url: string;
  /** Stops serving it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The console's built pages: a folder of static files that talk to `/v1` of the server which serves them. */
export const webFolder: string = fileURLToPath(new URL("../web/", import.meta.url));

/**
 * Serves the web console, and forwards `/v1` to a Golem server, so that the browser needs no CORS.
 * @throws when the address cannot be listened on
 */
export async function serveConsole({ golem, host = "127.0.0.1", port = 0 }: ConsoleOptions): Promise<Console> {
  const files = sirv(webFolder, { dev: true }); // looked up each time, so that a new build is never served by halves
  const proxy = createProxyServer({ target: golem, changeOrigin: true });
  const server = createServer((request, response) => {
    if (!request.url?.startsWith("/v1/"))
      return files(request, response, () => say(response, 404, "There is no such page."));
    if (!allowed(request)) return say(response, 403, "The console answers its own pages only.");
    delete request.headers.origin; // the server behind knows nothing of this one
    proxy.web(request, response).catch((error: Error) => unreachable(response, golem, error));
  });
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} of ${host} is in use. Stop what listens there, or choose another with --port.`);
  });
  const { port: actual } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${actual}`, close, [Symbol.asyncDispose]: close };
}

function unreachable(response: ServerResponse, golem: string, { message }: Error): void {
  if (response.headersSent) return void response.destroy();
  say(
    response,
    502,
    `There is no answer from ${golem}: ${message}. Start a server there, or name another with --golem.`,
  );
}

function say(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error }));
}
