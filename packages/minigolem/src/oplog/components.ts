import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ComponentMetadata } from "../component/analyse.js";
import { Damage, storageFault } from "./damage.js";
import type { OplogDatabase } from "./database.js";
import { componentsFolder } from "./folder.js";

export interface ComponentRow {
  id: string;
  version: number;
  name: string;
  type: "Durable" | "Ephemeral";
  size: number;
  /** Milliseconds since 1970. */
  created: number;
  /** SHA-256 of the .wasm, under which it is kept. */
  hash: string;
  /** None in a folder of format 2, where it was found anew at each start. */
  metadata?: ComponentMetadata | undefined;
}

/** A version of which only the index of the table can be read. */
export interface DamagedVersion extends Pick<ComponentRow, "id" | "version"> {
  damage: Damage;
}

const toComponent = (row: Record<string, unknown>): ComponentRow => ({
  id: row.id as string,
  version: row.version as number,
  name: row.name as string,
  type: row.type as ComponentRow["type"],
  size: row.size as number,
  created: row.created as number,
  hash: row.hash as string,
  metadata: metadataOf(row.metadata as string | null),
});

/** None when its text is damaged: it can be found anew in the component. */
function metadataOf(text: string | null): ComponentMetadata | undefined {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** The components of a data folder: what is known of them in the database, their bytes in files. */
export function componentStore(db: OplogDatabase, folder: string) {
  const pathOf = (hash: string) => join(folder, componentsFolder, `${hash}.wasm`);
  const sound = ({ hash }: Pick<ComponentRow, "hash">): Uint8Array | undefined => {
    const bytes = readFileSync(pathOf(hash));
    return createHash("sha256").update(bytes).digest("hex") === hash ? bytes : undefined;
  };
  const isKept = (row: ComponentRow): boolean => {
    try {
      return sound(row) !== undefined;
    } catch {
      return false;
    }
  };
  const write = (path: string, wasm: Uint8Array): void => {
    try {
      mkdirSync(join(folder, componentsFolder), { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.part`, wasm, { flush: true, mode: 0o600 });
      renameSync(`${path}.part`, path);
    } catch (error) {
      rmSync(`${path}.part`, { force: true });
      throw storageFault(error, "a component", folder);
    }
  };
  const readable = (): (ComponentRow | DamagedVersion)[] => {
    const known = db.prepare("SELECT rowid AS at, id, version FROM components"); // an order would need the damaged table
    const one = db.prepare("SELECT * FROM components WHERE rowid = ?");
    return (known.all() as { at: number; id: string; version: number }[]).map(({ at, id, version }) => {
      try {
        const row = one.get(at);
        if (row) return toComponent(row as Record<string, unknown>);
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
      }
      const what = `version ${version} of component ${id}`;
      return { id, version, damage: new Damage(what, folder, "its page of the database is damaged") };
    });
  };
  return {
    /** Keeps a version; a file of it that is damaged is written anew. */
    add(row: ComponentRow, wasm: Uint8Array): void {
      if (!isKept(row)) write(pathOf(row.hash), wasm);
      db.prepare(
        "INSERT INTO components (id, version, name, type, size, created, hash, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ).run(row.id, row.version, row.name, row.type, row.size, row.created, row.hash, JSON.stringify(row.metadata));
    },
    /** All versions. When a page of the table is damaged, those on the other pages can still be read. */
    all(): (ComponentRow | DamagedVersion)[] {
      try {
        const rows = db.prepare("SELECT * FROM components ORDER BY name, version").all();
        return rows.map((row) => toComponent(row as Record<string, unknown>));
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        return readable();
      }
    },
    /** @throws Damage when its file is missing, or is not as it was written */
    wasm(row: ComponentRow): Uint8Array {
      const what = `version ${row.version} of component ${row.name}`;
      let bytes: Uint8Array | undefined;
      try {
        bytes = sound(row);
      } catch (error) {
        throw new Damage(what, pathOf(row.hash), (error as Error).message);
      }
      if (!bytes) throw new Damage(what, pathOf(row.hash), "its bytes have changed");
      return bytes;
    },
  };
}
