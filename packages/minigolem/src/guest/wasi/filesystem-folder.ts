import * as fs from "node:fs";
import { sep } from "node:path";
import type { GuestContext } from "../context.js";
import type { Io } from "./io.js";

/** Of all instances of this thread: one that ended in a trap has closed none. */
export const openFiles = new Set<number>();

/** A worker's own folder, as one instance sees it. */
export class WorkerFolder {
  readonly context: Pick<GuestContext, "clock" | "journal" | "limits" | "worker">;
  readonly io: Pick<Io, "InputStream" | "OutputStream">;
  #made: string | undefined;

  constructor(context: WorkerFolder["context"], io: WorkerFolder["io"]) {
    this.context = context;
    this.io = io;
  }

  /** Where it is on the host. It is made, and empty, when it is first asked for. */
  get root(): string {
    if (this.#made) return this.#made;
    const { files } = this.context.worker;
    for (const fd of openFiles) fs.closeSync(fd);
    openFiles.clear();
    fs.rmSync(files, { recursive: true, force: true });
    fs.mkdirSync(files, { recursive: true, mode: 0o700 });
    this.#made = fs.realpathSync(files);
    return this.#made;
  }

  /** Whether a path of the host leads into it. */
  has(path: string): boolean {
    return path === this.root || path.startsWith(this.root + sep);
  }
}
