import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, describe, expect, test } from "vitest";
import type { Clock } from "../src/clock.js";
import type { OplogEntry } from "../src/oplog/entries.js";
import { cleanStore } from "../src/oplog/folder.js";
import { openStore, type Store } from "../src/oplog/store.js";
import { WorkerRecord } from "../src/worker/record.js";

const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "minigolem-store-"));
  folders.push(made);
  return made;
};
/** A new data folder whose database was changed. @param fill what it has before */
function folderAfter(sql: string, fill: (store: Store) => void = () => {}): string {
  const dir = folder();
  const store = openStore(dir);
  fill(store);
  store.close();
  const db = new Database(join(dir, "minigolem.db"));
  db.exec(sql);
  db.close();
  return dir;
}

/** Up to format 4. */
const twoColumns = `CREATE TABLE old (worker INTEGER, last INTEGER, entries BLOB, PRIMARY KEY (worker, last)) WITHOUT ROWID;
  INSERT INTO old SELECT place >> 32, place & 4294967295, entries FROM oplog;
  DROP TABLE oplog; ALTER TABLE old RENAME TO oplog;`;

afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const worker = {
  componentId: "c",
  name: "w",
  version: 0,
  status: "Idle" as const,
  created: 1,
  args: ["a"],
  env: { K: "v" },
  hazards: [],
};
const entry: OplogEntry = {
  type: "ImportedFunctionInvoked",
  at: 1.5,
  functionName: "f",
  kind: "ReadLocal",
  request: null,
  response: { big: 2n ** 64n - 1n, bytes: new Uint8Array([1, 2]) },
};

test("a record whose end cannot be read is not written from its beginning", () => {
  const store = openStore(folder());
  const { key } = store.workers.add(worker);
  store.oplog.append(key, 0, [entry, { type: "NoOp", at: 2 }]);
  let broken = true;
  const last = (at: number) => {
    if (broken) throw new Error("the disk gave no answer");
    return store.oplog.last(at);
  };
  const around = { store: { ...store, oplog: { ...store.oplog, last } }, clock: { now: () => 3_000_000n } as Clock };
  const record = new WorkerRecord(key, around, () => {});
  expect(record.last).toBe(0);
  expect(() => record.append({ type: "NoOp" })).toThrow("the disk gave no answer");
  expect(() => record.surelyLast).toThrow("the disk gave no answer");
  broken = false;
  record.append({ type: "Restart" });
  expect(record.last).toBe(3);
  expect(store.oplog.read(key, 1, 3).map(({ type }) => type)).toEqual([entry.type, "NoOp", "Restart"]);
  store.close();
});

describe("what is kept", () => {
  test("outlives the process, exactly", () => {
    const dir = folder();
    const first = openStore(dir);
    const { key } = first.workers.add(worker);
    first.oplog.append(key, 0, [entry, { type: "NoOp", at: 2 }]);
    first.keyvalue.set("bucket", "key", new Uint8Array([0, 255]));
    first.close();

    const second = openStore(dir);
    expect(second.workers.find("c", "w")).toMatchObject(worker);
    expect(second.oplog.read(key, 1, 9)).toEqual([entry, { type: "NoOp", at: 2 }]);
    expect(second.oplog.last(key)).toBe(2);
    expect(second.keyvalue.get("bucket", "key")).toEqual(new Uint8Array([0, 255]));
    second.close();
    expect(() => second.workers.all()).toThrow("was closed"); // libsql would end the process
  });

  test("any part of an oplog can be read, whatever was committed together", () => {
    const store = openStore(folder());
    const { key } = store.workers.add(worker);
    const all = Array.from({ length: 9 }, (_, i): OplogEntry => ({ type: "NoOp", at: i + 1 }));
    for (const [after, size] of [
      [0, 3],
      [3, 1],
      [4, 5],
    ] as const)
      store.oplog.append(key, after, all.slice(after, after + size));
    for (let from = 1; from <= 10; from++)
      for (let to = 0; to <= 11; to++)
        expect(store.oplog.read(key, from, to), `${from} to ${to}`).toEqual(
          all.slice(from - 1, Math.max(from - 1, to)),
        );
    store.close();
  });

  test("a change that fails half way leaves nothing, also within another", () => {
    const store = openStore(folder());
    const { key } = store.workers.add(worker);
    expect(() =>
      store.transaction(() => {
        store.oplog.append(key, 0, [entry]);
        store.transaction(() => {
          store.oplog.append(key, 0, [entry]); // the same index twice
        });
      }),
    ).toThrow(/UNIQUE/);
    expect(store.oplog.last(key)).toBe(0);
    store.close();
  });

  test("a deleted worker leaves only what it put into buckets", () => {
    const store = openStore(folder());
    const { key } = store.workers.add(worker);
    store.oplog.append(key, 0, [entry]);
    store.promises.create(key, 1);
    store.keyvalue.set("bucket", "key", new Uint8Array([1]));
    store.workers.delete(key);
    expect(store.workers.all()).toEqual([]);
    expect(store.oplog.last(key)).toBe(0);
    expect(store.promises.get(key, 1)).toBeUndefined();
    expect(store.keyvalue.get("bucket", "key")).toEqual(new Uint8Array([1]));
    store.close();
  });
});

describe("a folder that cannot be used", () => {
  test("in use by another process: says so, and what to do", async () => {
    const dir = folder();
    const script = `import("${new URL("../dist/oplog/store.js", import.meta.url)}").then(({ openStore }) => { openStore(${JSON.stringify(dir)}); process.send("open"); setInterval(() => {}, 1000); })`;
    const other = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    try {
      await once(other, "message");
      expect(() => openStore(dir)).toThrow(/is in use by another minigolem: stop it, or choose another --data-dir/);
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
    openStore(dir).close(); // a killed process leaves no lock behind
  });

  test("of another version", () => {
    const dir = folderAfter("PRAGMA user_version = 999");
    expect(() => openStore(dir)).toThrow(/another version of minigolem \(format 999, this one knows \d+\).*--clean/);
  });

  test("in use by another process, its lock file deleted", () => {
    const dir = folder();
    const store = openStore(dir);
    rmSync(join(dir, "minigolem.lock"));
    expect(() => openStore(dir)).toThrow(/is no data folder of minigolem/);
    store.close();
    openStore(dir).close(); // made again by the one that had it
  });

  test.each(["components", "notes.txt"])(
    "another's, with %s in it: nothing of it is touched, not even by --clean",
    (name) => {
      const dir = folder();
      mkdirSync(join(dir, "components"));
      writeFileSync(join(dir, "components", "mine.tsx"), "keep");
      writeFileSync(join(dir, name === "components" ? "other" : name), "keep");
      for (const act of [openStore, cleanStore])
        expect(() => act(dir)).toThrow(/no data folder of minigolem: it has files/);
      expect(readdirSync(join(dir, "components"))).toEqual(["mine.tsx"]);
      expect(readdirSync(dir)).toHaveLength(2);
    },
  );

  test.each(["deleted", "empty"])("with a database that is %s beside other files", (how) => {
    const dir = folder();
    openStore(dir).close();
    writeFileSync(join(dir, "components", "00.wasm"), "");
    if (how === "empty") writeFileSync(join(dir, "minigolem.db"), "");
    else rmSync(join(dir, "minigolem.db"));
    expect(() => openStore(dir)).toThrow(/minigolem.db is missing or empty, and there are files in components/);
    cleanStore(dir);
    openStore(dir).close();
  });

  test("with a file that is no database", () => {
    const dir = folder();
    openStore(dir).close();
    writeFileSync(join(dir, "minigolem.db"), "this is a letter to my aunt".repeat(100));
    expect(() => openStore(dir)).toThrow(/is no minigolem database/);
  });

  test("that is a file", () => {
    expect(() => openStore(fileURLToPath(import.meta.url))).toThrow(/cannot use .* as data folder/);
  });
});

test("cleaning removes what an engine wrote, and nothing else", () => {
  const dir = folder();
  openStore(dir).close();
  writeFileSync(join(dir, "mine.txt"), "keep");
  cleanStore(dir);
  expect(readdirSync(dir)).toEqual(["mine.txt", "minigolem.lock"]);
  openStore(dir).close();
});

test("a folder of the format before is taken over", () => {
  const dir =
    folderAfter(`${twoColumns} ALTER TABLE components DROP COLUMN metadata; DROP TABLE clock; PRAGMA user_version = 2;
    INSERT INTO components VALUES ('c', 0, 'old', 'Durable', 8, 1, 'aa')`);
  const store = openStore(dir);
  expect(store.components.all()).toMatchObject([{ name: "old", hash: "aa" }]);
  expect(store.time.read()).toBe(0n);
  store.close();
});

test("a folder that has no clock yet gets one", () => {
  const dir = folderAfter(`${twoColumns} DROP TABLE clock; PRAGMA user_version = 3`);
  const store = openStore(dir);
  for (const time of [7n, 8n]) store.time.keep(time);
  expect(store.time.read()).toBe(8n);
  store.close();
});

test("an oplog with two columns for its key gets one", () => {
  let keys: number[] = [];
  const dir = folderAfter(`${twoColumns} PRAGMA user_version = 4`, ({ workers, oplog }) => {
    keys = ["w", "v"].map((name) => workers.add({ ...worker, name }).key);
    for (const last of [0, 2]) for (const key of keys) oplog.append(key, last, [entry, { ...entry, at: key }]);
  });
  const store = openStore(dir);
  for (const key of keys) {
    expect(store.oplog.read(key, 1, 9)).toEqual([entry, { ...entry, at: key }, entry, { ...entry, at: key }]);
    expect(store.oplog.read(key, 4, Number.POSITIVE_INFINITY)).toEqual([{ ...entry, at: key }]);
    expect(store.oplog.read(key, 2 ** 33 + 1, 2 ** 34)).toEqual([]);
    store.oplog.append(key, 4, [entry]);
    expect(store.oplog.last(key)).toBe(5);
  }
  expect(() => store.oplog.append(keys[0] as number, 4, [entry])).toThrow(/UNIQUE/);
  store.workers.delete(keys[0] as number);
  expect(keys.map((key) => store.oplog.last(key))).toEqual([0, 5]);
  store.close();
});

test("only its owner can read its files", async () => {
  const dir = join(folder(), "data");
  const store = openStore(dir);
  const wasm = new Uint8Array([1]);
  await store.components.keep(createHash("sha256").update(wasm).digest("hex"), wasm);
  store.workers.add(worker);
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const stat = statSync(join(dir, name));
    expect((stat.mode & 0o777).toString(8), name).toBe(stat.isDirectory() ? "700" : "600");
  }
  expect((statSync(dir).mode & 0o777).toString(8)).toBe("700");
  store.close();
});

test("when it is closed, everything is in one file", () => {
  const dir = folder();
  const store = openStore(dir);
  store.workers.add(worker);
  expect(statSync(join(dir, "minigolem.db-wal")).size).toBeGreaterThan(0);
  store.close();
  expect(statSync(join(dir, "minigolem.db-wal"), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
});
