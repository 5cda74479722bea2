import type { OplogEntry, ResourceName } from "../oplog/entries.js";
import { Regions } from "../oplog/regions.js";
import type { WorkerUpdate } from "./surroundings.js";

/** A resource that a worker has given out. */
export interface OwnedResource {
  /** Milliseconds since 1970. */
  created: number;
  /** Of one that callers name by its constructor's arguments. */
  indexed?: ResourceName;
}

/** What follows from a record, apart from how it is replayed. */
export class Conclusions {
  /** Updates asked for, and what became of them. */
  readonly updates: WorkerUpdate[] = [];
  /** Resources that the worker has given out, by number. */
  readonly resources = new Map<number, OwnedResource>();

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
    if (entry.type === "CreateResource") this.resources.set(entry.id, { created: entry.at });
    else if (entry.type === "DescribeResource") this.#describe(entry.id, entry);
    else if (entry.type === "DropResource") this.resources.delete(entry.id);
  }

  #describe(id: number, { resourceName, resourceParams }: ResourceName): void {
    const resource = this.resources.get(id);
    if (resource) resource.indexed = { resourceName, resourceParams };
  }
}
