import type { Rest } from "./http.js";
import type { KnownPlaces, Places } from "./source-map.js";
import type { Component } from "./types.js";

/** A component to be uploaded. */
export interface Upload {
  /** The .wasm: a component, not a core module. */
  wasm: Uint8Array;
  /** Default Durable: each worker keeps its memory. */
  type?: Component["componentType"];
}

/** A server's components. */
export class Components {
  readonly #rest: Rest;
  /** The latest version seen of each, by its id. */
  readonly #known = new Map<string, Component>();
  readonly #places: KnownPlaces;

  constructor(rest: Rest, places: KnownPlaces) {
    this.#rest = rest;
    this.#places = places;
  }

  #form({ wasm, type }: Upload, name?: string): FormData {
    const form = new FormData();
    if (name !== undefined) form.append("name", name);
    if (type !== undefined) form.append("componentType", type);
    form.append(
      "component",
      new Blob([wasm as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" }),
      "component.wasm",
    );
    return form;
  }

  #keep(component: Component): Component {
    this.#known.set(component.versionedComponentId.componentId, component);
    return component;
  }

  /**
   * Uploads a component, as its version 0.
   * @throws GolemError when the name is taken, or it is no component that can run there
   */
  async create(name: string, upload: Upload): Promise<Component> {
    const form = this.#form(upload, name);
    const made = await this.#rest.json<Component>("/v1/components", { method: "POST", form });
    this.remember(made, upload.wasm);
    return this.#keep(made);
  }

  /** Adds a version; workers go on with theirs until they are updated. */
  async update(id: string, upload: Upload): Promise<Component> {
    const form = this.#form(upload);
    const made = await this.#rest.json<Component>(`/v1/components/${id}/updates`, { method: "POST", form });
    this.remember(made, upload.wasm);
    return this.#keep(made);
  }

  /** The latest version of each, or of the one with this name. */
  list(name?: string): Promise<Component[]> {
    return this.#rest.json("/v1/components", { query: { "component-name": name } });
  }

  /** The latest version of the component with this name, if there is one. */
  async find(name: string): Promise<Component | undefined> {
    const found = await this.list(name);
    return found.sort((a, b) => b.versionedComponentId.version - a.versionedComponentId.version)[0];
  }

  /** The latest version that this client knows of, asked for when it knows none. */
  async latest(id: string): Promise<Component> {
    return this.#known.get(id) ?? this.refresh(id);
  }

  /** The latest version that the server has. */
  async refresh(id: string): Promise<Component> {
    return this.#keep(await this.#rest.json(`/v1/components/${id}/latest`));
  }

  /** One version. */
  get(id: string, version: number): Promise<Component> {
    return this.#rest.json(`/v1/components/${id}/versions/${version}`);
  }

  /** All versions. */
  versions(id: string): Promise<Component[]> {
    return this.#rest.json(`/v1/components/${id}`);
  }

  /**
   * Tells this client which .wasm a version was made of, so that errors of its workers name places in the source. Versions that this
   * client has uploaded are known already.
   */
  remember({ versionedComponentId: { componentId, version } }: Component, wasm: Uint8Array): void {
    this.#places.see(componentId, version, wasm);
  }

  /**
   * Finds out where in the source the lines of a version's bundle come from. It downloads the .wasm of a version that this client has
   * not uploaded.
   * @returns undefined if the .wasm has no source map
   */
  async places(id: string, version: number): Promise<Places | undefined> {
    const known = this.#places.of(id, version);
    return known === null ? this.#places.see(id, version, await this.download(id, version)) : known;
  }

  /** The component as it was uploaded. */
  download(id: string, version?: number): Promise<Uint8Array> {
    return this.#rest.bytes(`/v1/components/${id}/download${version === undefined ? "" : `?version=${version}`}`);
  }
}
