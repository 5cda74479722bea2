/** What an engine keeps could not be read or written. Its message says what to do. */
export class StorageFault extends Error {}

/** A part of it cannot be read. What is not in that part is as it was. */
export class Damage extends StorageFault {
  /** @param where the folder or file */
  constructor(what: string, where: string, why: string) {
    super(`${what} in ${where} cannot be read (${why}): stop minigolem and put back a copy, or delete what is damaged`);
  }
}

/** The engine was closed: what was still under way has nothing to write to. */
export class Closed extends StorageFault {
  constructor(folder: string) {
    super(`${folder} was closed: start minigolem again to use it`);
  }
}

/** The error in this project's words, if it is one of the database or the disk. */
export function storageFault(error: unknown, what: string, folder: string): unknown {
  if (error instanceof StorageFault) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (/SQLITE_FULL|ENOSPC|EDQUOT/.test(code) || /database or disk is full/.test(message))
    return new StorageFault(
      `there is no space left for ${folder}: free some and call again; what was answered is on record`,
    );
  if (/SQLITE_IOERR|EFBIG|EIO/.test(code) || /disk I\/O error/.test(message))
    return new StorageFault(`${folder} cannot be read or written (${message}): look after the disk, and start again`);
  if (/SQLITE_CORRUPT|SQLITE_NOTADB/.test(code) || /malformed|not a database/.test(message))
    return new Damage(what, folder, message);
  return error;
}

/** Reads a part of a worker's record. @throws Damage when that fails, and the disk is not the cause */
export function readable<T>(worker: number, folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof StorageFault && !(error instanceof Damage)) throw error;
    throw new Damage(`the record of worker ${worker}`, folder, (error as Error).message);
  }
}
