import type { GuestContext, Imports } from "../context.js";
import { Descriptor, DirectoryEntryStream } from "./filesystem-descriptor.js";
import { WorkerFolder } from "./filesystem-folder.js";
import type { Io } from "./io.js";

const names = ["/", "."];

/**
 * wasi:filesystem with one folder, `/` and `.`, of the worker's own. As on Golem each instance begins with it empty and does
 * again in replay what it did; only the times that `stat` gives are on record, and a replay sets them again.
 */
export function filesystem(context: GuestContext, io: Io): Imports {
  const folder = new WorkerFolder(context, io);
  return {
    "wasi:filesystem/preopens": {
      getDirectories: () =>
        context.journal
          .durable("cli::preopens::get_directories", "ReadLocal", null, () => names)
          .map((name) => [new Descriptor(folder, undefined, { read: true, mutateDirectory: true }), name]),
    },
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode: () => undefined },
  };
}
