import { setOplogIndex, setRetryPolicy } from "golem:api/host@1.1.0";

/**
 * Ends this execution in a way that no `catch` sees. An exception could be caught by a caller, who would return with a region
 * left open, and every later recovery of the worker would begin there. Golem refuses a jump forward in the oplog with a trap.
 */
export function trap(story: string): never {
  try {
    console.error(story); // what is on stderr becomes the worker's last error
  } catch {} // the memory is used up
  setOplogIndex(1n << 62n);
  throw new Error(`Golem did not trap. ${story}`);
}

/**
 * As {@link trap}, and the worker fails for good.
 * @param stack of the error, which the log shows below the story as the engine shows it for an exception
 */
export function fail(story: string, stack = ""): never {
  setRetryPolicy({ maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
  return trap(stack === "" ? story : `${story}\nStack:\n${stack}`);
}
