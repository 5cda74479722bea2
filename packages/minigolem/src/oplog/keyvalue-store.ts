import { blob } from "./blob.js";
import type { OplogDatabase } from "./database.js";

/** The key-value buckets of a data folder, which all its workers share. */
export function keyvalueStore(db: OplogDatabase) {
  const statements = {
    getValue: db.prepareRaw("SELECT value FROM keyvalue WHERE bucket = ? AND key = ?"),
    setValue: db.prepare("INSERT OR REPLACE INTO keyvalue (bucket, key, value) VALUES (?, ?, ?)"),
    deleteValue: db.prepare("DELETE FROM keyvalue WHERE bucket = ? AND key = ?"),
  };
  return {
    get(bucket: string, key: string): Uint8Array | undefined {
      const row = statements.getValue.get(bucket, key) as [ArrayBuffer] | undefined;
      return row && blob(row[0]);
    },
    set: (bucket: string, key: string, value: Uint8Array): void =>
      void statements.setValue.run(bucket, key, Buffer.from(value)),
    delete: (bucket: string, key: string): void => void statements.deleteValue.run(bucket, key),
  };
}
