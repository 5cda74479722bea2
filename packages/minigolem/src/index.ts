/**
 * A Golem in this process: {@link startMinigolem}. The same on the command line is `minigolem serve`.
 * @module minigolem
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualTime } from "./clock.js";
import { createEngine, type EngineOptions } from "./engine.js";
import { defaultCacheDir } from "./environment.js";
import { hazardLine } from "./hazards.js";
import type { HostRetryPolicy } from "./oplog/entries.js";
import { listen } from "./rest/server.js";

export type { VirtualTime } from "./clock.js";
export type { EngineEvent } from "./engine.js";
export { defaultCacheDir, policyFromEnvironment } from "./environment.js";
export { type Hazard, type HazardKind, hazardLine } from "./hazards.js";
export type { Limits } from "./limits.js";
export type { HostRetryPolicy } from "./oplog/entries.js";
export { cleanStore } from "./oplog/folder.js";
export { golemDefaultPolicy, retryDelay } from "./retry.js";

/** What {@link startMinigolem} takes; everything has a default. */
export interface MinigolemOptions extends Partial<EngineOptions> {
  /** Address to listen on. Default 127.0.0.1. */
  host?: string;
  /** Default 0: one that is free. */
  port?: number;
  /** Who asks from another machine may change things, too. Default false: may only read. */
  remoteWrites?: boolean;
  /** A folder of static files to serve at `/`, such as the web console's. Default: none. */
  pages?: string;
}

/** A running engine with its REST API. */
export interface Minigolem {
  /** Base of the REST API, such as `http://127.0.0.1:9881`. */
  readonly url: string;
  /** The one that was free, or the one that was asked for. */
  readonly port: number;
  /** In force until a worker sets its own. */
  readonly defaultPolicy: HostRetryPolicy;
  /** With `time: "virtual"`: the clock. */
  readonly time: VirtualTime | undefined;
  /** Stops it. What runs goes on when an engine is started on the same data folder; a temporary folder is removed. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a Golem of one process, and serves Golem's REST API.
 * @throws when the port or the data folder is in use, or the folder was written by another version
 */
export async function startMinigolem(options: MinigolemOptions = {}): Promise<Minigolem> {
  const { host = "127.0.0.1", port = 0, pages, time = "real", cacheDir = defaultCacheDir() } = options;
  const temporary = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), "minigolem-")) : undefined;
  const dataDir = options.dataDir ?? (temporary as string);
  const clean = async () => {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const onHazard =
      options.onHazard ?? ((hazard, { workerName }) => console.error(`${workerName}: ${hazardLine(hazard)}`));
    const engine = await createEngine({ ...options, dataDir, cacheDir, time, onHazard });
    const server = await listen(engine, { host, port, pages, remoteWrites: options.remoteWrites ?? false }).catch(
      async (error) => {
        await engine.close();
        throw error;
      },
    );
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= server
        .close()
        .then(() => engine.close())
        .then(clean);
      return closing;
    };
    return {
      url: server.url,
      port: server.port,
      defaultPolicy: engine.defaultPolicy,
      time: engine.time,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await clean();
    throw error;
  }
}
