import { type Failure, failureOf, failureText } from "./failure.js";
import type { Places } from "./source-map.js";

/** What a {@link GolemError} is made with beside what the server says. */
interface GolemErrorOptions extends ErrorOptions {
  remedy?: string | undefined;
  places?: Places | undefined;
}

/** Golem's words for an invocation that failed, now or before. */
const failed = /^(?:RuntimeError|PreviousInvocationFailed)$/;

/** A request that a Golem server refused, an invocation that failed, or a server that is not there. */
export class GolemError extends Error {
  /** HTTP status; 0: there was no answer. */
  readonly status: number;
  /** Golem's own word: `RuntimeError`, `PreviousInvocationFailed`, `InvalidRequest`, `WorkerNotFound`, …, or `Unreachable`. */
  readonly type: string;
  /** What Golem says: of a failed invocation the backtrace, and what the component wrote to stderr. */
  readonly details: string;
  /** What the component and the engine said, if the request is an invocation that failed. */
  readonly failure: Failure | undefined;
  /** Method and path of the request. */
  readonly request: string;

  constructor(request: string, status: number, type: string, details: string, options: GolemErrorOptions = {}) {
    const { remedy = remedies[type], places, ...others } = options;
    const failure = failed.test(type) ? failureOf(details, places) : undefined;
    const text = failure ? failureText(failure, type, request) : `${request}: ${type}: ${details.trimEnd()}`;
    super(`${text}${remedy ? `\n${remedy}` : ""}`, others);
    this.request = request;
    this.name = "GolemError";
    this.status = status;
    this.type = type;
    this.details = details;
    this.failure = failure;
  }
}

/** Adds what this client knows about a request and the server didn't say. */
export function explained(error: GolemError, by: readonly string[]): GolemError {
  const { request, status, type, details } = error;
  if (by.length === 0) return error;
  return new GolemError(request, status, type, details, { cause: error, remedy: by.join("\n") });
}

/** Names the places in the component's source at which a call failed. */
export function located(error: GolemError, places: Places | undefined): GolemError {
  const { request, status, type, details, cause } = error;
  return places ? new GolemError(request, status, type, details, { cause, places }) : error;
}

const remedies: Record<string, string> = {
  RuntimeError: "The worker takes no more calls. Correct the cause, then revert or delete the worker.",
  AlreadyExists: "Choose another name, or add a version to what is there.",
  WorkerNotFound: "Check the name. A worker exists from its first call on.",
  ComponentNotFound: "Check the id, or upload the component first.",
  NotFound: "Check the name or the id in the request.",
  InvalidRequest: "Correct the request.",
  BadRequest: "Correct the request.",
  NotOffered: "Use a Golem server for this request.",
  ServerError: "Look into the server's log.",
  PreviousInvocationFailed:
    "The worker has failed, or waits for a retry, and takes no calls: revert, update or delete it, or wait for the retry.",
  PreviousInvocationExited: "The worker has exited for good: delete it, or take another.",
  WorkerAlreadyExists: "Take it as it is, or delete it first.",
};

/** What Golem's answer says, whichever of its shapes it has. */
export function golemError(request: string, status: number, answer: unknown): GolemError {
  if (typeof answer === "object" && answer !== null) {
    const { golemError, error, errors } = answer as {
      golemError?: { type: string; details?: string; [more: string]: unknown };
      error?: string;
      errors?: string[];
    };
    if (golemError) {
      const { type, details, ...more } = golemError;
      return new GolemError(request, status, type, details ?? JSON.stringify(more));
    }
    if (errors) return new GolemError(request, status, "BadRequest", errors.join("; "));
    if (error) return new GolemError(request, status, named(status, error), error);
  }
  const text = typeof answer === "string" && answer !== "" ? answer : `status ${status}`;
  return new GolemError(request, status, named(status, text), text);
}

function named(status: number, text: string): string {
  if (status === 404) return /^(Worker|Component) not found/.exec(text)?.[1]?.concat("NotFound") ?? "NotFound";
  if (status === 409) return "AlreadyExists";
  if (status === 501) return "NotOffered";
  return status < 500 ? "BadRequest" : "ServerError";
}
