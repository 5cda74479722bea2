/** Logs an error of minigolem itself that nobody waits for. The one place that does. */
export function logLostError(error: unknown): void {
  console.error("minigolem: an error that nobody waited for; please report it:", error);
}

/**
 * Tells of an error that ended a thread of the engine, as Node tells of an unhandled rejection. So whoever watches the process for these
 * sees this one, too: `minigolem serve` logs it, and a test runner fails. Where nobody watches it is logged, and ends nothing.
 */
export function tellLostError(error: Error): void {
  if (!process.emit("unhandledRejection", error, Promise.resolve())) logLostError(error);
}
