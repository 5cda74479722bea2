import type { OplogEntry } from "../oplog/entries.js";
import { Regions } from "../oplog/regions.js";
import type { WorkerUpdate } from "./surroundings.js";

/** What follows from a record, apart from how it is replayed. */
export class Conclusions {
  /** Updates asked for, and what became of them. */
  readonly updates: WorkerUpdate[] = [];
  /** Resources that the worker has given out, by number, and since when. Milliseconds since 1970. */
  readonly resources = new Map<number, number>();

  static of(entries: readonly OplogEntry[]): Conclusions {
    const conclusions = new Conclusions();
    const skipped = Regions.of(entries);
    entries.forEach((entry, i) => {
      conclusions.#noteUpdate(entry);
      if (!skipped.has(i + 1)) conclusions.#noteResource(entry);
    });
    return conclusions;
  }

  note(entry: OplogEntry): void {
    this.#noteUpdate(entry);
    this.#noteResource(entry);
  }

  #noteUpdate(entry: OplogEntry): void {
    if (entry.type === "PendingUpdate") {
      this.updates.push({ type: "pendingUpdate", at: entry.at, targetVersion: entry.targetVersion });
    } else if (entry.type === "SuccessfulUpdate" || entry.type === "FailedUpdate") {
      const { targetVersion } = entry;
      const pending = this.updates.find((u) => u.type === "pendingUpdate" && u.targetVersion === targetVersion);
      if (!pending) return;
      pending.type = entry.type === "SuccessfulUpdate" ? "successfulUpdate" : "failedUpdate";
      if (entry.type === "FailedUpdate") pending.details = entry.details;
    }
  }

  #noteResource(entry: OplogEntry): void {
    if (entry.type === "CreateResource") this.resources.set(entry.id, entry.at);
    else if (entry.type === "DropResource") this.resources.delete(entry.id);
  }
}
