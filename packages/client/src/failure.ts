import type { Places } from "./source-map.js";

/** A failed invocation, taken apart. */
export interface Failure {
  /** What the component said on stderr before it failed; if it said nothing, what the engine says. */
  message: string;
  /** Where it failed, innermost first: `src/main.ts:12:9`. Without a source map, places in the bundle. */
  places: string[];
  /** What the engine says: `wasm trap: …`. Undefined if golem-retry ended a step on purpose: that trap is no error of its own. */
  engine: string | undefined;
}

/** The trap by which golem-retry ends an execution. */
const onPurpose = /Attempted to jump forward in oplog/;

/** The last frame of a backtrace, and what happened there. */
const lastFrame = /^\s*\d+: 0x[\da-f]+ - \S*?!.*?: (.*)$/i;

/**
 * Takes apart what Golem tells of a failed invocation: the `details` of a {@link GolemError}, or a worker's `lastError`. Both have the
 * engine's words first, and below an empty line what the component wrote to stderr.
 * @param places of the component, as `components.places` gives them
 */
export function failureOf(details: string, places?: Places): Failure {
  const at = details.indexOf("\n\n");
  const words = (at < 0 ? details : details.slice(0, at)).trim();
  const engine = lastFrame.exec(words.split("\n").at(-1) ?? "")?.[1] ?? words;
  const { message, stack } = said(at < 0 ? "" : details.slice(at));
  return {
    message: message || engine,
    places: places ? places(stack) : inBundle(stack),
    engine: message && onPurpose.test(engine) ? undefined : engine,
  };
}

/** Before the message of an error's cause, which has a stack of its own. */
const causedBy = "Caused by: ";

/** What a component wrote to stderr: its message, and the stack below it. An error that only wraps its cause says nothing twice. */
function said(stderr: string): { message: string; stack: string } {
  const lines = stderr.split("\n").filter((line) => !line.startsWith("Redirecting call to abort()"));
  const traceback = lines.findIndex((line) => line.startsWith("Traceback (most recent call last):"));
  if (traceback >= 0) {
    const last = lines.slice(traceback + 1).findIndex((line) => line !== "" && !line.startsWith(" "));
    const end = last < 0 ? lines.length : traceback + 1 + last;
    return { message: lines.slice(end).join("\n").trim(), stack: lines.slice(traceback, end).join("\n") };
  }
  const cause = lines.findIndex((line) => line.startsWith(causedBy));
  const own = cause < 0 ? lines : lines.slice(0, cause);
  const at = own.lastIndexOf("Stack:");
  const message = (at < 0 ? own : own.slice(0, at)).join("\n").trim();
  const causes = lines.filter((line) => line.startsWith(causedBy) && line !== causedBy + message);
  return { message: [message, ...causes].join("\n"), stack: at < 0 ? "" : own.slice(at + 1).join("\n") };
}

/** Frames of the component, less the engine's own: `initializer.js` is made by componentize-js. */
const inBundle = (stack: string): string[] =>
  stack
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /@.*:\d+:\d+$/.test(line) && !/[\\/]initializer\.js:/.test(line))
    .map((line) => line.replace(/^(?:async\*)?[^@]*@/, ""));

/** A failure as an error shows it: what the component said, where, and at the end what the engine says. */
export function failureText({ message, places, engine }: Failure, type: string, request: string): string {
  const where = places.slice(0, 5).map((place) => `    at ${place}`);
  const words = engine === undefined || engine === message ? "" : `: ${engine}`;
  return [message, ...where, `${type}${words} (${request})`].join("\n");
}
