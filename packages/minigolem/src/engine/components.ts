import { createHash, randomUUID } from "node:crypto";
import { analyse, type ComponentMetadata } from "../component/analyse.js";
import { compile } from "../component/compile.js";
import { type Transpiled, transpile } from "../component/transpile.js";
import { GolemFault } from "../fault.js";
import { unmetImports } from "../guest/offered.js";
import type { Limits } from "../limits.js";
import type { Damage } from "../oplog/damage.js";
import type { ComponentRow, Store } from "../oplog/store.js";
import type { LoadedVersion } from "../worker/surroundings.js";
import type { Begun } from "./begun.js";

export interface ComponentVersion extends Required<ComponentRow> {
  metadata: ComponentMetadata;
}

type Checked = Pick<ComponentVersion, "hash" | "metadata">;

interface Surroundings {
  store: Store;
  /** Folder for what can be made again from a component. */
  cacheDir: string;
  limits: Limits;
  begun: Begun;
  /** Milliseconds since 1970. */
  now(): number;
  /** Is told each new version. */
  uploaded?(component: ComponentVersion): void;
}

/** Bytes that an instance begins with. */
export const linearMemory = ({ memories }: ComponentMetadata): number =>
  memories.reduce((sum, memory) => sum + memory.initial, 0);

/** The components of an engine, in all their versions. */
export class Components {
  readonly #around: Surroundings;
  /** By id and version; a version that is damaged has no element. */
  readonly #all = new Map<string, ComponentVersion[]>();
  /** By `<id>/<version>`. Whoever asks for one of them is told. */
  readonly #damaged = new Map<string, Damage>();
  readonly #loaded = new Map<string, Promise<LoadedVersion>>();

  constructor(around: Surroundings) {
    this.#around = around;
    for (const row of around.store.components.all()) {
      const list = this.#all.get(row.id) ?? [];
      this.#all.set(row.id, list);
      if ("damage" in row) {
        list.length = Math.max(list.length, row.version + 1);
        this.#damaged.set(`${row.id}/${row.version}`, row.damage);
        console.error(row.damage.message);
      } else list[row.version] = { ...row, metadata: row.metadata ?? this.#metadataOf(row) };
    }
  }

  /** @throws GolemFault when the name is taken or it is no component that can run here */
  create({ name, wasm, type = "Durable" }: { name: string; wasm: Uint8Array; type?: ComponentRow["type"] }) {
    return this.#around.begun.during(async () => {
      this.#refuseIfTaken(name);
      const found = await this.#checked(name, wasm);
      this.#refuseIfTaken(name);
      return this.#add({ id: randomUUID(), version: 0, name, type }, wasm, found);
    });
  }

  /** Adds a version. @throws GolemFault when there is no such component, or it is none that can run here */
  update(id: string, wasm: Uint8Array, type?: ComponentRow["type"]): Promise<ComponentVersion> {
    return this.#around.begun.during(async () => {
      const { name } = this.get(id, "latest");
      const found = await this.#checked(name, wasm);
      const last = this.get(id, "latest");
      return this.#add({ id, version: last.version + 1, name, type: type ?? last.type }, wasm, found);
    });
  }

  list(name?: string): ComponentVersion[] {
    return [...this.#all.values()].flat().filter((version) => name === undefined || version.name === name);
  }

  /** Those that can be read. None when there is no such component. */
  versions(id: string): ComponentVersion[] {
    return (this.#all.get(id) ?? []).flat();
  }

  /** A component's name, or its id when no version of it can be read. */
  nameOf(id: string): string {
    return this.versions(id).at(-1)?.name ?? id;
  }

  /** There is such a component, although no version of it may be readable. */
  knows(id: string): boolean {
    return this.#all.has(id);
  }

  /** @throws GolemFault when there is none, Damage when it cannot be read */
  get(id: string, version: number | "latest"): ComponentVersion {
    this.refuseIfUnknown(id);
    const all = this.#all.get(id) ?? [];
    const found = version === "latest" ? all.at(-1) : all[version];
    const damage = this.#damaged.get(`${id}/${version === "latest" ? all.length - 1 : version}`);
    if (damage) throw damage;
    if (!found) throw new GolemFault("ComponentNotFound", `Component not found: ${id}, version ${version}`);
    return found;
  }

  has(id: string, version: number): boolean {
    return this.#all.get(id)?.[version] !== undefined;
  }

  /** A new instance runs each call, of which nothing is kept. */
  isEphemeral(id: string, version: number): boolean {
    return this.#all.get(id)?.[version]?.type === "Ephemeral";
  }

  /** @throws GolemFault when there is no such component */
  refuseIfUnknown(id: string): void {
    if (!this.knows(id)) throw new GolemFault("ComponentNotFound", `Component not found: ${id}`);
  }

  wasm(id: string, version: number | "latest"): Uint8Array {
    return this.#around.store.components.wasm(this.get(id, version));
  }

  /** The code of a version, ready to run. */
  loaded(id: string, version: number): Promise<LoadedVersion> {
    const key = `${id}/${version}`;
    const known = this.#loaded.get(key) ?? this.#around.begun.during(() => this.#load(this.get(id, version)));
    this.#loaded.set(key, known);
    known.catch(() => this.#loaded.delete(key));
    return known;
  }

  /** A component whose file is damaged keeps nobody from starting: whoever calls it is told. */
  #metadataOf(row: ComponentRow): ComponentMetadata {
    try {
      return analyse(this.#around.store.components.wasm(row)).metadata;
    } catch (error) {
      console.error((error as Error).message);
      return { exports: [], memories: [], producers: [], dynamicLinking: {} };
    }
  }

  async #load(component: ComponentVersion): Promise<LoadedVersion> {
    const { store } = this.#around;
    const { dir, script, core } = await this.#transpiled(component.hash, () => store.components.wasm(component));
    const modules = new Map<string, WebAssembly.Module>();
    for (const [file, bytes] of core) modules.set(file, await compile(bytes));
    const { metadata, size, version } = component;
    return { dir, script, modules, version, exports: metadata.exports, size, linearMemory: linearMemory(metadata) };
  }

  #transpiled(hash: string, wasm: () => Uint8Array): Promise<Transpiled> {
    const { cacheDir, limits } = this.#around;
    return transpile(hash, wasm, { cacheDir, memory: limits.memory });
  }

  #refuseIfTaken(name: string): void {
    const taken = this.list(name)[0];
    if (taken) throw new GolemFault("ComponentAlreadyExists", `Component already exists: ${taken.id}`);
  }

  /** @throws GolemFault when it is no component that can run here */
  async #checked(name: string, wasm: Uint8Array): Promise<Checked> {
    const { metadata, imports, kind } = analysed(wasm);
    const unmet = unmetImports(imports);
    if (unmet.length > 0)
      throw new GolemFault(
        "InvalidComponent",
        `${name} imports what minigolem does not offer: ${unmet.join("; ")}. It runs components of golem:api 1.1, WASI 0.2 (cli, clocks, random, io, filesystem, http client; sockets, which answer access-denied), wasi:keyvalue 0.1.0 and wasi:logging`,
      );
    const hash = createHash("sha256").update(wasm).digest("hex");
    if (kind === "component")
      await this.#transpiled(hash, () => wasm).catch((error: Error) => {
        throw new GolemFault("InvalidComponent", `${name}: ${error.message}`);
      });
    return { hash, metadata };
  }

  #add(
    row: Omit<ComponentRow, "size" | "created" | "hash" | "metadata">,
    wasm: Uint8Array,
    { hash, metadata }: Checked,
  ): ComponentVersion {
    const { store, now } = this.#around;
    const added: ComponentVersion = { ...row, size: wasm.byteLength, created: now(), hash, metadata };
    store.components.add(added, wasm);
    const versions = this.#all.get(row.id) ?? [];
    versions[row.version] = added;
    this.#all.set(row.id, versions);
    this.#around.uploaded?.(added);
    this.loaded(row.id, row.version).catch(() => {}); // at once, so that the first call does not wait for it
    return added;
  }
}

function analysed(wasm: Uint8Array) {
  try {
    return analyse(wasm);
  } catch (error) {
    throw new GolemFault("InvalidComponent", (error as Error).message);
  }
}
