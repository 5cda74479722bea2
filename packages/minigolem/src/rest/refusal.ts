import type { Socket } from "node:net";
import type { FastifyError } from "fastify";
import { InvalidValue } from "../component/values.js";
import { GolemFault } from "../fault.js";
import { StorageFault } from "../oplog/damage.js";

/** An answer that is no success. Text is sent as text, anything else as JSON. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string | object,
  ) {
    super(typeof body === "string" ? body : JSON.stringify(body));
  }
}

/** Golem's status and shape for whatever went wrong, as a Golem 1.2.0 server was seen to answer. */
export function refusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof GolemFault) return ofFault(error);
  if (error instanceof InvalidValue) return new Refusal(400, { errors: error.errors });
  if (error instanceof StorageFault)
    return new Refusal(500, { golemError: { type: "Unknown", details: error.message } });
  const { statusCode, code, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode < 500) return new Refusal(statusCode, unread(statusCode, code, message));
  console.error(error);
  return new Refusal(500, { error: `minigolem failed: ${message ?? error}` });
}

/** Answers, as text, a request that Node could not read: one with too many headers, or that took too long to arrive. */
export function answerUnreadable({ code, message }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, text] =
    code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "the headers are larger than 16 KiB"]
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "the request did not arrive in time"]
        : ["400 Bad Request", `parse request error: ${message}`];
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text as string)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/** A request that fastify could not read. */
function unread(status: number, code: string, message: string): string {
  if (status === 415) return `${message}: send application/json, application/octet-stream or multipart/form-data`;
  return code?.startsWith("FST_ERR_CTP") ? `parse request payload error: ${message}` : message;
}

function ofFault({ kind, details, worker }: GolemFault): Refusal {
  switch (kind) {
    case "ComponentNotFound":
      return new Refusal(404, { error: "Component not found" });
    case "WorkerNotFound":
      return new Refusal(404, { error: details });
    case "ComponentAlreadyExists":
      return new Refusal(409, { error: details });
    case "InvalidComponent":
      return new Refusal(400, { errors: [details] });
    case "WorkerAlreadyExists": {
      const [componentId, ...name] = details.split("/");
      return new Refusal(500, { golemError: { type: kind, workerId: { componentId, workerName: name.join("/") } } });
    }
    case "FailedToResumeWorker": {
      const workerId = { componentId: worker?.componentId, workerName: worker?.name };
      return new Refusal(500, { golemError: { type: kind, workerId, reason: { type: "RuntimeError", details } } });
    }
    case "Interrupted":
      return new Refusal(500, { golemError: { type: kind, recoverImmediately: false } });
    case "PreviousInvocationExited":
      return new Refusal(500, { golemError: { type: kind } });
    default:
      return new Refusal(500, { golemError: { type: kind, details } });
  }
}

/** @throws Refusal in place of a component that is not there; this part of Golem words it in its own way */
export function orWithoutComponent<T>(act: () => T, otherwise: () => Refusal): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof GolemFault && error.kind === "ComponentNotFound" ? otherwise() : error;
  }
}
