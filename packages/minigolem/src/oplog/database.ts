import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { Closed, storageFault } from "./damage.js";
import { componentsFolder, databaseFile, filesFolder, touch } from "./folder.js";

/** Raised with each change of the tables below. */
const format = 5;

const clockTable = "CREATE TABLE clock (time TEXT)";
/**
 * One row is what was committed together. `place` is `worker << 32 | last`, the index of its last entry: rows of a worker lie beside each
 * other, and a row has room in its page up to four kilobytes. With the two as a primary key that is one kilobyte.
 */
const oplogTable = "CREATE TABLE oplog (place INTEGER PRIMARY KEY, entries BLOB)";

/** What each change of the tables takes, by the format before it. They are made one after the other. */
const changes: Readonly<Record<number, string>> = {
  2: "ALTER TABLE components ADD COLUMN metadata TEXT",
  3: clockTable,
  4: `ALTER TABLE oplog RENAME TO before; ${oplogTable}; INSERT INTO oplog SELECT worker << 32 | last, entries FROM before; DROP TABLE before`,
};

/** A statement whose errors tell what to do. */
export interface Statement {
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  run(...values: unknown[]): { changes: number; lastInsertRowid: number | bigint };
}

/** The database of a data folder. */
export interface OplogDatabase {
  prepare(sql: string): Statement;
  /** Rows are arrays. */
  prepareRaw(sql: string): Statement;
  /** Runs a change whole or not at all; one within another is a part of it. */
  transaction<T>(change: () => T): T;
  /** Writes everything into one file. */
  close(): void;
}

/** @throws when it is damaged, is missing beside other files, or was written by another version of the format */
export function openDatabase(folder: string): OplogDatabase {
  const db = open(folder);
  let closed = false;
  const attempt = <T>(act: () => T): T => {
    if (closed) throw new Closed(folder); // libsql would end the process
    try {
      return act();
    } catch (error) {
      throw storageFault(error, "a part of the database", folder);
    }
  };
  const guarded = (prepare: () => Database.Statement): Statement => {
    let statement = attempt(prepare);
    const use = <T>(act: (statement: Database.Statement) => T) =>
      attempt(() => {
        try {
          return act(statement);
        } catch (error) {
          statement = prepare(); // libsql would fail with the same error at its next use, whatever it is asked for
          throw error;
        }
      });
    return {
      // As one array, which libsql takes as it is: others it would copy.
      get: (...values) => use((one) => one.get(values)),
      all: (...values) => use((one) => one.all(values)),
      run: (...values) => use((one) => one.run(values)),
    };
  };
  const [begin, commit, rollback] = ["BEGIN", "COMMIT", "ROLLBACK"].map((sql) => db.prepare(sql));
  return {
    prepare: (sql) => guarded(() => db.prepare(sql)),
    prepareRaw: (sql) => guarded(() => db.prepare(sql).raw()),
    transaction: (change) =>
      attempt(() => {
        if (db.inTransaction) return change();
        begin?.run();
        try {
          const result = change();
          commit?.run();
          return result;
        } catch (error) {
          if (db.inTransaction) rollback?.run(); // SQLite itself takes a change back that finds the disk full
          throw error;
        }
      }),
    close() {
      closed = true;
      try {
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch {
        // The disk is full, say. The next start finds the changes in their own file.
      }
      db.close();
    },
  };
}

function open(folder: string): Database.Database {
  const file = join(folder, databaseFile);
  refuseMissing(folder, file);
  touch(file);
  const db = new Database(file);
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    migrate(db, folder);
    return db;
  } catch (error) {
    db.close();
    const message = (error as Error).message;
    if (/not a database|malformed/i.test(message))
      throw new Error(
        `${file} is no minigolem database (${message}): put back a copy of the folder, choose another --data-dir, or start with --clean`,
      );
    throw storageFault(error, "the database", folder);
  }
}

/** A new database in the place of one that is gone would forget its components and workers without a word. */
function refuseMissing(folder: string, file: string): void {
  if (existsSync(file) && statSync(file).size > 0) return;
  const left = [componentsFolder, filesFolder].filter((name) => !isEmpty(join(folder, name)));
  if (left.length === 0) return;
  throw new Error(
    `${file} is missing or empty, and there are files in ${left.join(" and ")}: put back a copy of the database, choose another --data-dir, or start with --clean`,
  );
}

const isEmpty = (folder: string) => !existsSync(folder) || readdirSync(folder).length === 0;

function migrate(db: Database.Database, folder: string): void {
  const [version] = db.prepare("PRAGMA user_version").raw().get() as [number];
  if (version === format) return;
  if (version !== 0 && changes[version] === undefined)
    throw new Error(
      `the data folder ${folder} was written by another version of minigolem (format ${version}, this one knows ${format}): use that version, choose another --data-dir, or start with --clean`,
    );
  const steps = Array.from({ length: format - version }, (_, i) => changes[version + i]);
  db.exec(`BEGIN; ${version === 0 ? tables : steps.join("; ")}; PRAGMA user_version = ${format}; COMMIT`);
}

const tables = `
  CREATE TABLE components (id TEXT, version INTEGER, name TEXT, type TEXT, size INTEGER, created REAL, hash TEXT, metadata TEXT, PRIMARY KEY (id, version));
  CREATE TABLE workers (key INTEGER PRIMARY KEY AUTOINCREMENT, component TEXT, name TEXT, version INTEGER, status TEXT, wake TEXT, created REAL, args TEXT, env TEXT, hazards TEXT DEFAULT '[]', UNIQUE (component, name));
  ${oplogTable};
  CREATE TABLE invocations (key INTEGER PRIMARY KEY, worker INTEGER, id TEXT, function TEXT, request BLOB, trace TEXT, state TEXT, idx INTEGER, UNIQUE (worker, id));
  CREATE TABLE promises (worker INTEGER, idx INTEGER, data BLOB, PRIMARY KEY (worker, idx)) WITHOUT ROWID;
  CREATE TABLE keyvalue (bucket TEXT, key TEXT, value BLOB, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  ${clockTable}`;
