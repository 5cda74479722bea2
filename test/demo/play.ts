import { join } from "node:path";
import type { Outcome } from "golem-testkit/demo";
import { child } from "./children.js";

/** What came of one demo. Without an outcome it didn't reach its end. */
export interface Played {
  app: string;
  status: number | null;
  outcome?: Outcome;
}

/** Plays the demo of an app, which writes to this process's output. */
export async function play(root: string, app: string): Promise<Played> {
  let outcome: Outcome | undefined;
  const { status } = await child(
    process.execPath,
    ["--import", "tsx", "demo.ts"],
    { cwd: join(root, "apps", app), stdio: ["ignore", "inherit", "inherit", "ipc"] },
    (message) => {
      outcome = message as Outcome;
    },
  );
  return { app, status, outcome };
}
