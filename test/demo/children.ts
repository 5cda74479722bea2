import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

const running = new Set<ChildProcess>();

/** How a process ended, and what it printed if its output was piped. */
export interface Ended {
  status: number | null;
  printed: string;
}

/**
 * Runs a process in a group of its own, so that Ctrl-C reaches it once, through {@link stopChildren}.
 * @param hear is told what it sends
 */
export async function child(
  command: string,
  args: string[],
  options: SpawnOptions,
  hear?: (message: unknown) => void,
): Promise<Ended> {
  const process = spawn(command, args, { ...options, detached: true });
  running.add(process);
  let printed = "";
  for (const stream of [process.stdout, process.stderr]) stream?.on("data", (piece) => (printed += piece));
  if (hear) process.on("message", hear);
  const [status] = (await once(process, "close")) as [number | null];
  running.delete(process);
  return { status, printed };
}

/** Interrupts what is running, and waits until it has ended. */
export async function stopChildren(): Promise<void> {
  const ends = [...running].map((process) => once(process, "close"));
  for (const process of running) process.kill("SIGINT");
  await Promise.all(ends);
}
