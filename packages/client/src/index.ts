/**
 * A typed client of Golem 1.2's REST API: {@link GolemClient}.
 * @module golem-client
 */

import { Components } from "./components.js";
import { Rest } from "./http.js";
import type { WorkerMetadata } from "./types.js";
import { Worker } from "./worker.js";

export type { Components, Upload } from "./components.js";
export { GolemError } from "./error.js";
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

  /**
   * @param url of the server: `http://127.0.0.1:9881`
   * @throws TypeError when it is no URL
   */
  constructor({ url }: { url: string }) {
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
      throw new TypeError(`url is ${JSON.stringify(url)}: expected something like http://127.0.0.1:9881`);
    this.url = url.replace(/\/+$/, "");
    this.#rest = new Rest(this.url);
    this.components = new Components(this.#rest);
  }

  /** A worker by its name; it need not exist yet. */
  worker(componentId: string, name: string): Worker {
    return new Worker(this.#rest, this.components, componentId, name);
  }

  /**
   * A component's workers, all pages of them.
   * @param filter Golem's own, such as `status = Failed`; several must all hold
   */
  async workers(componentId: string, filter: string[] = []): Promise<WorkerMetadata[]> {
    const all: WorkerMetadata[] = [];
    let cursor: string | undefined;
    do {
      const query = { filter, count: 50, precise: true, cursor };
      const page = await this.#rest.json<WorkerPage>(`/v1/components/${componentId}/workers`, { query });
      all.push(...page.workers);
      cursor = page.cursor ? `${page.cursor.layer}/${page.cursor.cursor}` : undefined;
    } while (cursor !== undefined);
    return all;
  }
}

interface WorkerPage {
  workers: WorkerMetadata[];
  cursor: { layer: number; cursor: number } | null;
}
