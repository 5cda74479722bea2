/**
 * A typed client of Golem 1.2's REST API: {@link GolemClient}.
 * @module golem-client
 */

import { Components } from "./components.js";
import { Rest } from "./http.js";
import { KnownPlaces } from "./source-map.js";
import type { WorkerMetadata } from "./types.js";
import { Worker } from "./worker.js";

export type { Components, Upload } from "./components.js";
export { GolemError } from "./error.js";
export { type Failure, failureOf } from "./failure.js";
export type { Places } from "./source-map.js";
export type * from "./types.js";
export type { InvokeOptions, RevertTarget, Worker } from "./worker.js";

/**
 * Golem 1.2's REST API, of a Golem server or of minigolem.
 * @example
 * const golem = new GolemClient({ url: "http://127.0.0.1:9881" });
 * const { versionedComponentId } = await golem.components.create("orders", { wasm });
 * const order = await golem.worker(versionedComponentId.componentId, "alice").invoke("fetch-order", "7");
 */
export class GolemClient {
  /** Of the server, without a slash at its end. */
  readonly url: string;
  /** What is uploaded there. */
  readonly components: Components;
  readonly #rest: Rest;
  readonly #known = new KnownPlaces();

  /**
   * @param url of the server: `http://127.0.0.1:9881`
   * @throws TypeError when it is no URL
   */
  constructor({ url }: { url: string }) {
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
      throw new TypeError(`url is ${JSON.stringify(url)}: expected something like http://127.0.0.1:9881`);
    this.url = url.replace(/\/+$/, "");
    this.#rest = new Rest(this.url);
    this.components = new Components(this.#rest, this.#known);
  }

  /** A worker by its name; it need not exist yet. */
  worker(componentId: string, name: string): Worker {
    return new Worker(this.#rest, this.components, this.#known, componentId, name);
  }

  /**
   * A component's workers, all pages of them.
   * @param filter Golem's own, such as `status = Failed`; several must all hold
   */
  async workers(componentId: string, filter: string[] = []): Promise<WorkerMetadata[]> {
    const all: WorkerMetadata[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.workersPage(componentId, { filter, cursor });
      all.push(...page.workers);
      cursor = page.next;
    } while (cursor !== undefined);
    return all;
  }

  /**
   * One page of a component's workers. With a filter a Golem server may give fewer than it was asked for, although there are more.
   * @param options `filter` as for {@link workers}; `count`: how many, 50 by default; `cursor`: the `next` of the page before;
   * `hazards`: with each worker's, where minigolem answers
   * @returns `next` is undefined after the last page
   */
  async workersPage(
    componentId: string,
    {
      filter = [],
      count = 50,
      cursor,
      hazards,
    }: { filter?: string[]; count?: number; cursor?: string; hazards?: true } = {},
  ): Promise<{ workers: WorkerMetadata[]; next: string | undefined }> {
    const query = { filter, count, precise: true, cursor, hazards };
    const page = await this.#rest.json<WorkerPage>(`/v1/components/${componentId}/workers`, { query });
    return { workers: page.workers, next: page.cursor ? `${page.cursor.layer}/${page.cursor.cursor}` : undefined };
  }
}

interface WorkerPage {
  workers: WorkerMetadata[];
  cursor: { layer: number; cursor: number } | null;
}
