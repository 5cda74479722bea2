import { componentStore } from "./components.js";
import { openDatabase } from "./database.js";
import { entryStore } from "./entry-store.js";
import { takeFolder } from "./folder.js";
import { invocationStore } from "./invocation-store.js";
import { keyvalueStore } from "./keyvalue-store.js";
import { promiseStore } from "./promise-store.js";
import { timeStore } from "./time-store.js";
import { workerStore } from "./worker-store.js";

export type { ComponentRow } from "./components.js";
export type { WorkerRow, WorkerStatus } from "./worker-store.js";

export type Store = ReturnType<typeof openStore>;

/**
 * All that an engine keeps, in one folder: a SQLite database and the components' files. One process at a time.
 * @throws when the folder is in use or another's, cannot be written, or was written by another version of the format
 */
export function openStore(folder: string) {
  const release = takeFolder(folder);
  let db: ReturnType<typeof openDatabase>;
  try {
    db = openDatabase(folder);
  } catch (error) {
    release();
    throw error;
  }

  return {
    folder,
    /** Runs a change whole or not at all; one within another is a part of it. */
    transaction: db.transaction,
    close(): void {
      db.close();
      release();
    },
    components: componentStore(db, folder),
    workers: workerStore(db, folder),
    oplog: entryStore(db, folder),
    invocations: invocationStore(db, folder),
    keyvalue: keyvalueStore(db),
    promises: promiseStore(db),
    time: timeStore(db),
  };
}
