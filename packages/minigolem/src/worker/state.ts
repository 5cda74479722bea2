import { type HazardKind, hazard } from "../hazards.js";
import type { WorkerRow } from "../oplog/store.js";
import { type Ask, answers, type Happening, moves, type State, stateOf, statusOf } from "./lifecycle.js";
import type { WorkerSurroundings } from "./surroundings.js";

/** Where one worker stands, and what the database says of it. */
export class WorkerState {
  readonly row: WorkerRow;
  /** Its deletion was asked for: nothing starts any more. */
  deleting = false;
  readonly #around: WorkerSurroundings;
  #now: State;
  /** As the database has it. */
  #kept: Pick<WorkerRow, "status" | "wake" | "version">;

  constructor(row: WorkerRow, around: WorkerSurroundings) {
    this.row = row;
    this.#around = around;
    this.#now = stateOf[row.status];
    this.#kept = { ...row };
  }

  get now(): State {
    return this.#now;
  }

  /** What is to be done, when this is asked of it. */
  asked<A extends Ask>(ask: A): (typeof answers)[A][State] {
    return answers[ask][this.#now];
  }

  /**
   * Notes what has happened, and keeps the new status.
   * @param wake when it goes on by itself, in nanoseconds since 1970
   * @throws when the status cannot be kept: then nothing has happened
   */
  happened(happening: Happening, wake?: bigint): void {
    const before = { now: this.#now, status: this.row.status, wake: this.row.wake };
    this.passed(happening);
    this.row.wake = wake;
    const { status, version } = this.row;
    if (status === this.#kept.status && wake === this.#kept.wake && version === this.#kept.version) return;
    try {
      this.keep();
    } catch (error) {
      this.#now = before.now;
      this.row.status = before.status;
      this.row.wake = before.wake;
      throw error;
    }
  }

  /** Notes what has happened, for the moment: should the process die now, what the database has says what to do. */
  passed(happening: Happening): void {
    const next = moves[happening][this.#now];
    if (!next)
      throw new Error(`a worker that is ${this.#now} cannot be ${happening}: report this as a bug of minigolem`);
    this.#now = next;
    this.row.status = statusOf[next] ?? this.row.status;
  }

  keep(): void {
    this.#around.store.workers.update(this.row);
    this.#kept = { ...this.row };
  }

  /** Reports, once for each worker, what hurts on a Golem server. */
  hazard(kind: HazardKind): void {
    if (this.row.hazards.includes(kind)) return;
    this.row.hazards.push(kind);
    this.keep();
    this.#around.publish(this, { type: "hazard", hazard: hazard(kind) });
  }
}
