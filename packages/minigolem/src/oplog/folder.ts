import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";

/** Marks a folder as minigolem's, and is what a running engine locks. */
export const marker = "minigolem.lock";
export const databaseFile = "minigolem.db";
/** A component's .wasm, under its SHA-256. */
export const componentsFolder = "components";
/** A folder for each worker's own files. */
export const filesFolder = "files";

/** Environments and payloads are in it: for its owner only. */
const ownerOnly = { file: 0o600, folder: 0o700 };

/**
 * Takes a folder for one process, and makes it if there is none.
 * @returns gives it back
 * @throws when it is in use, cannot be written, or has files in it and no marker of minigolem's
 */
export function takeFolder(folder: string): () => void {
  try {
    makeFolder(folder);
    refuseForeign(folder);
    touch(join(folder, marker));
    const unlock = lock(folder);
    chmodSync(folder, ownerOnly.folder);
    mkdirSync(join(folder, componentsFolder), { recursive: true, mode: ownerOnly.folder });
    return () => {
      unlock();
      if (existsSync(folder)) touch(join(folder, marker)); // should somebody have removed it meanwhile
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code?.startsWith("E")
      ? new Error(`cannot use ${folder} as data folder: ${message}. Choose another --data-dir`)
      : error;
  }
}

/** Makes a folder, and those above it, one by one. Node's recursive mkdir never returns for some paths, such as `/proc/x`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: ownerOnly.folder });
}

/** Makes a file that its owner alone may read, if there is none. */
export const touch = (file: string): void => closeSync(openSync(file, "a", ownerOnly.file));

/**
 * Removes what an engine has written into a folder, and nothing else. The marker stays.
 * @throws when the folder is in use, or has files in it and no marker of minigolem's
 */
export function cleanStore(folder: string): void {
  if (!existsSync(folder)) return;
  const release = takeFolder(folder);
  try {
    for (const name of [databaseFile, `${databaseFile}-wal`, `${databaseFile}-shm`, componentsFolder, filesFolder])
      rmSync(join(folder, name), { recursive: true, force: true });
  } finally {
    release();
  }
}

function refuseForeign(folder: string): void {
  const names = readdirSync(folder);
  if (names.length === 0 || names.includes(marker)) return;
  throw new Error(
    `${folder} is no data folder of minigolem: it has files in it and no ${marker}. Choose an empty folder. If it is minigolem's, and no minigolem runs on it, make the file: touch ${join(folder, marker)}`,
  );
}

/**
 * Takes a lock of SQLite on a file of its own. A killed process leaves no lock behind, and the lock is given back at once. libsql closes
 * a database only when its statements have been collected. A folder of which the file was deleted is refused as a foreign one.
 */
function lock(folder: string): () => void {
  const db = new Database(join(folder, marker));
  try {
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    const message = (error as Error).message;
    if (!/locked|busy/i.test(message))
      throw new Error(`cannot lock the data folder ${folder}: ${message}. Choose another --data-dir`);
    throw new Error(`the data folder ${folder} is in use by another minigolem: stop it, or choose another --data-dir`);
  }
  return () => {
    db.exec("ROLLBACK");
    db.close();
  };
}
