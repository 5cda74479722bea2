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
