import type { Components } from "./components.js";
import { explained, GolemError, located } from "./error.js";
import { type Failure, failureOf } from "./failure.js";
import { findFunction, typedParameters } from "./functions.js";
import type { Rest } from "./http.js";
import { mismatches } from "./mismatch.js";
import type { KnownPlaces, Places } from "./source-map.js";
import type { Component, IndexedEntry, TypedValue, WitValue, WorkerMetadata } from "./types.js";

/** Options of {@link Worker.invokeWith}. */
export interface InvokeOptions {
  /** One of your own makes an invocation that is sent twice happen once. Default: a random one. */
  idempotencyKey?: string;
}

/** What to go back to: before the last so many invocations, or to the end of an oplog entry. */
export type RevertTarget = { lastInvocations: number } | { toOplogIndex: number };

/** A worker of a component, whether or not it exists yet: the first invocation makes it. */
export class Worker {
  readonly #rest: Rest;
  readonly #components: Components;
  readonly #known: KnownPlaces;

  /** @param name 1 to 512 characters, no white space */
  constructor(
    rest: Rest,
    components: Components,
    known: KnownPlaces,
    readonly componentId: string,
    readonly name: string,
  ) {
    this.#rest = rest;
    this.#components = components;
    this.#known = known;
  }

  get #path(): string {
    return `/v1/components/${this.componentId}/workers/${encodeURIComponent(this.name)}`;
  }

  /**
   * Makes the worker, with arguments and environment variables that an invocation could not give it.
   * @throws GolemError with type `WorkerAlreadyExists`
   */
  async create({ args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {}): Promise<void> {
    const json = { name: this.name, args, env };
    await this.#rest.json(`/v1/components/${this.componentId}/workers`, { method: "POST", json });
  }

  async #find(name: string, values: readonly WitValue[]) {
    const within = (component: Component) => {
      const found = findFunction(component, name);
      return { ...found, params: typedParameters(found, values) };
    };
    const known = await this.#components.latest(this.componentId);
    try {
      return within(known);
    } catch {
      // Somebody else may have uploaded a version since.
      return within(await this.#components.refresh(this.componentId));
    }
  }

  /** Of the version that the worker runs, as far as this client has seen its .wasm. */
  async #places(): Promise<Places | undefined> {
    if (!this.#known.has(this.componentId)) return undefined;
    const version = await this.metadata().then(
      ({ componentVersion }) => componentVersion,
      () => undefined, // the failure matters more than its place
    );
    return version === undefined ? undefined : (this.#known.of(this.componentId, version) ?? undefined);
  }

  async #call(
    route: string,
    name: string,
    values: readonly WitValue[],
    { idempotencyKey = crypto.randomUUID() }: InvokeOptions,
  ) {
    const found = await this.#find(name, values);
    const { params } = found;
    const query = { function: found.name };
    try {
      return await this.#rest.json<{ result?: TypedValue }>(`${this.#path}/${route}`, {
        method: "POST",
        query,
        json: { params },
        idempotencyKey,
      });
    } catch (error) {
      if (!(error instanceof GolemError)) throw error;
      if (error.failure) throw located(error, await this.#places());
      throw error.status === 400 && found.parameters ? explained(error, mismatches(found.parameters, values)) : error;
    }
  }

  /**
   * Calls a function and waits for its result, however long the worker retries.
   * @param name `fetch-order`, or with its interface `demo:app-exports/api.{fetch-order}`
   * @param params values in the JSON of Golem's REST API, see {@link WitValue}
   * @returns the function's result, undefined if it has none
   * @throws GolemError with type `RuntimeError` when the worker has failed for good, `PreviousInvocationFailed` when it had before or
   * waits for a retry
   * @throws Error when there is no such function, or it takes other parameters: nothing was sent then
   */
  async invoke(name: string, ...params: WitValue[]): Promise<WitValue> {
    return this.invokeWith({}, name, ...params);
  }

  /** As {@link invoke}, with options. */
  async invokeWith(options: InvokeOptions, name: string, ...params: WitValue[]): Promise<WitValue> {
    const { result } = await this.#call("invoke-and-await", name, params, options);
    return (result?.value as WitValue[] | undefined)?.[0];
  }

  /** Queues a call and does not wait. @returns its idempotency key, with which `invokeWith` gets the result */
  async invokeAsync(name: string, ...params: WitValue[]): Promise<string> {
    const idempotencyKey = crypto.randomUUID();
    await this.#call("invoke", name, params, { idempotencyKey });
    return idempotencyKey;
  }

  /**
   * What Golem knows of the worker, its status for one.
   * @throws GolemError with type `WorkerNotFound`
   */
  metadata(): Promise<WorkerMetadata> {
    return this.#rest.json(this.#path, { query: { hazards: true } });
  }

  /**
   * Says why the worker failed last, with the place in the component's source. It downloads the .wasm if this client has not uploaded it.
   * @returns undefined if the worker has not failed since its last success
   */
  async failure(): Promise<Failure | undefined> {
    const { lastError, componentVersion } = await this.metadata();
    if (lastError === null) return undefined;
    const places = await this.#components.places(this.componentId, componentVersion).catch(() => undefined);
    return failureOf(lastError, places);
  }

  /**
   * The worker's oplog, all pages of it.
   * @param input `from`: the first oplog index to read, 1 by default; or `query`, Golem's own, as in `change-retry-policy OR error`
   */
  async oplog({ from, query }: { from?: number; query?: string } = {}): Promise<IndexedEntry[]> {
    const entries: IndexedEntry[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await this.#rest.json<{
        entries: IndexedEntry[];
        next: { next_oplog_index: number; current_component_version: number } | null;
      }>(`${this.#path}/oplog`, { query: { count: 500, from: cursor ? undefined : from, query, cursor } });
      entries.push(...page.entries);
      if (!page.next || page.entries.length === 0) return entries;
      cursor = `${page.next.next_oplog_index}-${page.next.current_component_version}`;
    }
  }

  /** Stops the worker where it is, until it is resumed or called. On Golem 1.2 not while it waits for a retry. */
  async interrupt(): Promise<void> {
    await this.#rest.json(`${this.#path}/interrupt`, { method: "POST" });
  }

  /** Kills the running instance, as a dying executor would; it recovers at once. */
  async crash(): Promise<void> {
    await this.#rest.json(`${this.#path}/interrupt`, { method: "POST", query: { "recovery-immediately": true } });
  }

  /**
   * Goes on after an {@link interrupt}.
   * @throws GolemError unless the worker is idle, suspended or interrupted
   */
  async resume(): Promise<void> {
    await this.#rest.json(`${this.#path}/resume`, { method: "POST" });
  }

  /** Deletes the worker and its oplog. On Golem 1.2 it waits until a retry that is due is over. */
  async delete(): Promise<void> {
    await this.#rest.json(this.#path, { method: "DELETE" });
  }

  /** Undoes what came after, also a final failure. Nothing outside the worker is undone. */
  async revert(target: RevertTarget): Promise<void> {
    const json =
      "lastInvocations" in target
        ? { type: "revertLastInvocations", numberOfInvocations: target.lastInvocations }
        : { type: "revertToOplogIndex", lastOplogIndex: target.toOplogIndex };
    await this.#rest.json(`${this.#path}/revert`, { method: "POST", json });
  }

  /** Goes on with another version of the component, on which the record is replayed. */
  async update(targetVersion: number): Promise<void> {
    await this.#rest.json(`${this.#path}/update`, { method: "POST", json: { mode: "Automatic", targetVersion } });
  }

  /**
   * Completes a promise of the component's.
   * @param oplogIndex of the promise's id
   * @returns false when it was complete already
   */
  complete(oplogIndex: number, data: Uint8Array): Promise<boolean> {
    return this.#rest.json(`${this.#path}/complete`, {
      method: "POST",
      json: { oplogIdx: oplogIndex, data: [...data] },
    });
  }

  /** Takes a call out of the queue. @throws GolemError when it is not in it */
  async cancel(idempotencyKey: string): Promise<void> {
    await this.#rest.json(`${this.#path}/invocations/${encodeURIComponent(idempotencyKey)}`, { method: "DELETE" });
  }
}
