import type { WebSocket } from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Engine } from "../engine.js";
import { rfc3339 } from "../oplog/public.js";
import type { WorkerEvent } from "../worker/surroundings.js";
import { componentOf, workerOf } from "./route.js";

/** Bytes that wait for a client to read them. One that leaves more unread is disconnected. */
const mostUnread = 16 << 20;

/**
 * What a worker writes and does, as it happens, by WebSocket: one event a message. It ends with the worker and with an interrupt, and
 * can be opened again after a resume, as on Golem 1.2.
 */
export function serveEvents(app: FastifyInstance, { workers }: Engine): void {
  const known = async (request: FastifyRequest) => {
    workers.refuseIfSilent(componentOf(request), workerOf(request));
  };
  app.get(
    "/v1/components/:component/workers/:worker/connect",
    { websocket: true, preValidation: known },
    (socket: WebSocket, request) => {
      const stop = workers.listen(componentOf(request), workerOf(request), (event) => {
        const message = eventJson(event);
        if (socket.bufferedAmount > mostUnread) socket.terminate();
        else if (message !== undefined) socket.send(JSON.stringify(message));
        if (event.type === "closed" || event.type === "interrupted") socket.close();
      });
      socket.on("close", stop);
    },
  );
}

/** Golem's `WorkerEvent`. @returns undefined for what Golem does not tell */
function eventJson(event: WorkerEvent): unknown {
  switch (event.type) {
    case "log": {
      const { level, context, message } = event;
      const timestamp = rfc3339(event.at);
      if (level !== "Stdout" && level !== "Stderr") return { Log: { timestamp, level, context, message } };
      return { [level === "Stdout" ? "StdOut" : "StdErr"]: { timestamp, bytes: [...Buffer.from(message)] } };
    }
    case "invocation-started":
    case "invocation-finished": {
      const name = event.type === "invocation-started" ? "InvocationStart" : "InvocationFinished";
      const { function: called, idempotencyKey } = event;
      return { [name]: { timestamp: rfc3339(event.at), function: called, idempotency_key: idempotencyKey } };
    }
    case "closed":
    case "interrupted":
      return "Close";
    case "hazard":
    case "retrying":
    case "failed":
      return undefined;
  }
}
