import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ComponentMetadata } from "../component/analyse.js";
import { readWhole } from "../whole-file.js";
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
  const isSound = (bytes: Uint8Array, hash: string) => createHash("sha256").update(bytes).digest("hex") === hash;
  const write = async (path: string, wasm: Uint8Array): Promise<void> => {
    try {
      await mkdir(join(folder, componentsFolder), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.part`, wasm, { flush: true, mode: 0o600 });
      await rename(`${path}.part`, path);
    } catch (error) {
      await rm(`${path}.part`, { force: true }).catch(() => {}); // why it was not written says more
      throw storageFault(error, "a component", folder);
    }
  };
  const writeUnlessKept = async (hash: string, wasm: Uint8Array): Promise<void> => {
    const kept = await readWhole(pathOf(hash)).catch(() => undefined);
    if (!kept || !isSound(kept, hash)) await write(pathOf(hash), wasm);
  };
  const underWay = new Map<string, Promise<void>>();
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
    /**
     * Writes a component's file; one that is damaged is written anew. When it has returned, the bytes are on the disk.
     * @throws StorageFault
     */
    keep(hash: string, wasm: Uint8Array): Promise<void> {
      const current = underWay.get(hash) ?? writeUnlessKept(hash, wasm).finally(() => underWay.delete(hash));
      underWay.set(hash, current);
      return current;
    },
    /** Deletes a component's file, unless a version has it. */
    async drop(hash: string): Promise<void> {
      const used = db.prepare("SELECT 1 FROM components WHERE hash = ?").get(hash);
      if (!used) await rm(pathOf(hash), { force: true });
    },
    /** Adds a version of which the file is kept. */
    add(row: ComponentRow): void {
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
      let bytes: Uint8Array;
      try {
        bytes = readFileSync(pathOf(row.hash));
      } catch (error) {
        throw new Damage(what, pathOf(row.hash), (error as Error).message);
      }
      if (!isSound(bytes, row.hash)) throw new Damage(what, pathOf(row.hash), "its bytes have changed");
      return bytes;
    },
  };
}
