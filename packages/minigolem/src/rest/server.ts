import multipart from "@fastify/multipart";
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Engine } from "../engine.js";
import { guardAccess, namesFor } from "./access.js";
import { componentRoutes } from "./components.js";
import { serveEvents } from "./connect.js";
import { invocationRoutes } from "./invocations.js";
import { fromJson, toJson } from "./json.js";
import { notOffered } from "./not-offered.js";
import { oplogRoutes } from "./oplog.js";
import { servePages } from "./pages.js";
import { answerUnreadable, Refusal, refusal } from "./refusal.js";
import type { Routes } from "./route.js";
import { uploadLimits } from "./upload.js";
import { workerRoutes } from "./workers.js";

export { isLoopback } from "./access.js";

/** Bytes of a request, unless a component is uploaded. */
const largestRequest = 16 << 20;
/** Milliseconds in which a request must have arrived whole. */
const patience = 30_000;

/** No route has a JSON schema: what would compile one need not be loaded, a tenth of the engine's start. */
const noSchemas = {
  buildValidator: () => unneeded,
  buildSerializer: () => unneeded,
};
const unneeded = (): never => {
  throw new Error("minigolem's routes have no schemas");
};

export interface Server {
  url: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Serves an engine under Golem 1.2's REST API.
 * @param options `port`: 0 is one that is free; `pages`: a folder of files to serve at `/`
 * @throws when the address cannot be listened on
 */
export async function listen(
  engine: Engine,
  { host, port, pages, remoteWrites = false }: { host: string; port: number; pages?: string; remoteWrites?: boolean },
): Promise<Server> {
  const app = fastify({
    bodyLimit: largestRequest,
    requestTimeout: patience,
    http: { connectionsCheckingInterval: patience / 6 },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, _, reply: FastifyReply) => {
      const { status, body } = refusal(error);
      void reply.code(status).type("text/plain; charset=utf-8").send(body);
    },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096 },
    schemaController: { compilersFactory: noSchemas },
  });
  readBodies(app);
  await app.register(multipart, { limits: uploadLimits });
  await app.register(websocket);
  guardAccess(app, { names: namesFor(host), remoteWrites }); // after the plugin, which ends the sockets of those it knows
  app.setReplySerializer(toJson);
  app.setErrorHandler((error, _, reply) => {
    const { status, body } = refusal(error);
    if (typeof body === "string") reply.type("text/plain; charset=utf-8");
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request) => {
    const missing = notOffered(request.method, request.url);
    throw missing ? new Refusal(501, { error: missing }) : new Refusal(404, "not found");
  });

  serveEvents(app, engine);
  app.get("/metrics", (_, reply) =>
    reply
      .type("text/plain; version=0.0.4")
      .send(`process_resident_memory_bytes ${process.memoryUsage.rss()}\nprocess_uptime_seconds ${process.uptime()}\n`),
  );
  for (const routes of [componentRoutes, workerRoutes, invocationRoutes, oplogRoutes]) serve(app, routes(engine));

  if (pages !== undefined) servePages(app, pages);

  try {
    await app.listen({ host, port });
  } catch (error) {
    throw new Error(unreachable(error as NodeJS.ErrnoException, host, port));
  }
  const actual = (app.server.address() as { port: number }).port;
  return { url: `http://${urlHost(host)}:${actual}`, port: actual, close: () => app.close() };
}

/** Each path with its methods; any other method of it is refused. */
function serve(app: FastifyInstance, routes: Routes): void {
  const methods = ["GET", "POST", "PUT", "DELETE", "PATCH"] as const;
  for (const [url, handlers] of Object.entries(routes)) {
    for (const method of methods) {
      const handler = method === "PATCH" ? undefined : handlers[method];
      app.route({
        method,
        url,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          if (!handler) throw new Refusal(405, "method not allowed");
          return handler(request, reply);
        },
      });
    }
  }
}

function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_, text, done) => {
    try {
      done(null, text === "" ? undefined : fromJson(text as string));
    } catch (error) {
      done(new Refusal(400, `parse request payload error: ${(error as Error).message}`));
    }
  });
  app.addContentTypeParser("application/octet-stream", (_, payload, done) => done(null, payload));
}

const urlHost = (host: string) => (host.includes(":") ? `[${host}]` : host);

function unreachable({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `port ${port} of ${host}`;
  if (code === "EADDRINUSE") return `${where} is in use: stop what listens there, or choose another port`;
  if (code === "EACCES") return `${where} may not be used by this user: choose one from 1024 on`;
  if (code === "EADDRNOTAVAIL") return `${host} is no address of this machine: use 127.0.0.1`;
  return `cannot listen on ${where}: ${message}`;
}
