import { createHash, randomUUID } from "node:crypto";
import { analyse, type ComponentMetadata } from "../component/analyse.js";
import { type CoreModules, compile } from "../component/compile.js";
import { transpile } from "../component/transpile.js";
import { GolemFault } from "../fault.js";
import type { ScriptMessage } from "../guest/messages.js";
import { unmetImports } from "../guest/offered.js";
import type { Limits } from "../limits.js";
import type { Damage } from "../oplog/damage.js";
import type { ComponentRow, Store } from "../oplog/store.js";
import type { LoadedVersion } from "../worker/surroundings.js";
import type { Begun } from "./begun.js";

export interface ComponentVersion extends Required<ComponentRow> {
  metadata: ComponentMetadata;
}

/** The code of a component, while its core modules are being compiled. */
interface Code extends ScriptMessage {
  modules: Promise<CoreModules>;
}

/** A component that can run here, of which the file is kept. */
interface Checked extends Pick<ComponentVersion, "hash" | "size" | "metadata"> {
  /** A core module has none. */
  code: Code | undefined;
}

interface Surroundings {
  store: Store;
  /** Folder for what can be made again from a component. */
  cacheDir: string;
  limits: Limits;
  begun: Begun;
  /** Milliseconds since 1970. */
  now(): number;
  /** Is told of the script of a component that will soon be loaded. */
  translated?(script: ScriptMessage): void;
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
      return this.#add({ id: randomUUID(), version: 0, name, type }, found);
    });
  }

  /** Adds a version. @throws GolemFault when there is no such component, or it is none that can run here */
  update(id: string, wasm: Uint8Array, type?: ComponentRow["type"]): Promise<ComponentVersion> {
    return this.#around.begun.during(async () => {
      const { name } = this.get(id, "latest");
      const found = await this.#checked(name, wasm);
      const last = this.get(id, "latest");
      return this.#add({ id, version: last.version + 1, name, type: type ?? last.type }, found);
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
  async loaded(id: string, version: number): Promise<LoadedVersion> {
    return this.#loaded.get(`${id}/${version}`) ?? this.#load(this.get(id, version));
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

  /** @param known what an upload has made of it already */
  #load(component: ComponentVersion, known?: Code): Promise<LoadedVersion> {
    const { id, version, hash, metadata, size } = component;
    const { begun, store } = this.#around;
    const loading = begun.during(async () => {
      const code = known ?? (await this.#code(hash, () => store.components.wasm(component)));
      const modules = await code.modules;
      return { ...code, modules, version, exports: metadata.exports, size, linearMemory: linearMemory(metadata) };
    });
    const key = `${id}/${version}`;
    this.#loaded.set(key, loading);
    loading.catch(() => this.#loaded.delete(key)); // the next who asks may find it mended
    return loading;
  }

  async #code(hash: string, wasm: () => Uint8Array): Promise<Code> {
    const { cacheDir, limits, translated } = this.#around;
    const { dir, script, core } = await transpile(hash, wasm, { cacheDir, memory: limits.memory });
    const modules = compile(core);
    modules.catch(() => {}); // whoever waits for them is told
    translated?.({ dir, script });
    return { dir, script, modules };
  }

  #refuseIfTaken(name: string): void {
    const taken = this.list(name)[0];
    if (taken) throw new GolemFault("ComponentAlreadyExists", `Component already exists: ${taken.id}`);
  }

  /** @throws GolemFault when it is no component that can run here, StorageFault when it cannot be written */
  async #checked(name: string, wasm: Uint8Array): Promise<Checked> {
    const { metadata, imports, kind } = analysed(wasm);
    const unmet = unmetImports(imports);
    if (unmet.length > 0)
      throw new GolemFault(
        "InvalidComponent",
        `${name} imports what minigolem does not offer: ${unmet.join("; ")}. It runs components of golem:api 1.1, WASI 0.2 (cli, clocks, random, io, filesystem, http client; sockets, which answer access-denied), wasi:keyvalue 0.1.0 and wasi:logging`,
      );
    const hash = createHash("sha256").update(wasm).digest("hex");
    const code = kind === "component" ? this.#code(hash, () => wasm) : undefined;
    return { hash, size: wasm.byteLength, metadata, code: await this.#whenKept(name, hash, wasm, code) };
  }

  /** Writes the component's file while its code is being made. */
  async #whenKept<T>(name: string, hash: string, wasm: Uint8Array, code: T): Promise<Awaited<T>> {
    const { components } = this.#around.store;
    const [made, kept] = await Promise.allSettled([code, components.keep(hash, wasm)]);
    if (made.status === "rejected") {
      await components.drop(hash);
      throw new GolemFault("InvalidComponent", `${name}: ${made.reason.message}`);
    }
    if (kept.status === "rejected") throw kept.reason;
    return made.value;
  }

  #add(
    row: Omit<ComponentRow, "size" | "created" | "hash" | "metadata">,
    { code, ...found }: Checked,
  ): ComponentVersion {
    const { store, now } = this.#around;
    const added: ComponentVersion = { ...row, ...found, created: now() };
    store.components.add(added);
    const versions = this.#all.get(row.id) ?? [];
    versions[row.version] = added;
    this.#all.set(row.id, versions);
    this.#around.uploaded?.(added);
    if (code) this.#load(added, code);
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
