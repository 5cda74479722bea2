import type { Uuid } from "../uuid.js";

/** WIT `worker-id`. */
export interface WorkerId {
  componentId: { uuid: Uuid };
  workerName: string;
}

/** What the main thread answers about a worker. */
export interface WorkerFacts {
  componentId: string;
  workerName: string;
  args: string[];
  env: Record<string, string>;
  status: string;
  componentVersion: number;
}

/** Some of the workers that a filter finds. */
export interface WorkersPage {
  workers: WorkerFacts[];
  /** What to ask for the next page with. */
  last: number;
}
