import type { WorkerRow } from "../oplog/store.js";
import type { InvocationQueue } from "./queue.js";
import type { WorkerRecord } from "./record.js";
import type { WorkerState } from "./state.js";
import type { WorkerSurroundings } from "./surroundings.js";
import type { Turns } from "./turns.js";
import type { Updates } from "./updates.js";

/** What one worker is made of. */
export interface WorkerParts {
  readonly row: WorkerRow;
  readonly around: WorkerSurroundings;
  readonly state: WorkerState;
  readonly record: WorkerRecord;
  readonly queue: InvocationQueue;
  readonly updates: Updates;
  readonly turns: Turns;
}
