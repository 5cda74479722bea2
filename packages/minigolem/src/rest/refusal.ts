import type { FastifyError } from "fastify";
import { InvalidValue } from "../component/values.js";
import { GolemFault } from "../fault.js";

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
  const { statusCode, code, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode < 500) return new Refusal(statusCode, unread(statusCode, code, message));
  console.error(error);
  return new Refusal(500, { error: `minigolem failed: ${message ?? error}` });
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
