import type { GuestContext, Imports } from "../context.js";

/** wasi:filesystem without a file: no folder is open to the component, so it never gets a descriptor. */
export function filesystem({ journal }: GuestContext): Imports {
  class Descriptor {
    [Symbol.dispose](): void {}
  }
  class DirectoryEntryStream {
    [Symbol.dispose](): void {}
  }
  return {
    "wasi:filesystem/preopens": {
      getDirectories: () => journal.durable("cli::preopens::get_directories", "ReadLocal", null, () => []),
    },
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode: () => undefined },
  };
}
