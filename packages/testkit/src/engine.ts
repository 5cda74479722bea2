import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Component, GolemClient } from "golem-client";
import { fromWit, golemDefaults, type RetryPolicy } from "golem-retry/policy";
import type { VirtualTime } from "minigolem";

/** Where components run: a minigolem of one's own, or the Golem server that `GOLEM_URL` names. */
export interface Engine {
  readonly url: string;
  readonly client: GolemClient;
  /** In force until a worker sets its own. */
  readonly defaultPolicy: RetryPolicy;
  /** The clock of a minigolem that runs in virtual time. */
  readonly time: VirtualTime | undefined;
  /** Uploads `dist/<name>.wasm`, once. */
  component(name: string, folder: string): Promise<Component>;
  close(): Promise<void>;
}

/**
 * @param time of a minigolem; a server's is real
 * @throws GolemError when `GOLEM_URL` is set and nothing answers there
 */
export async function openEngine(time: "real" | "virtual"): Promise<Engine> {
  const server = process.env.GOLEM_URL;
  if (server) {
    const client = new GolemClient({ url: server });
    await client.components.list("no component has this name"); // fails now, and says where, if nobody is there
    return {
      url: server,
      client,
      defaultPolicy: golemDefaults,
      time: undefined,
      component: uploads(client),
      close: async () => {},
    };
  }
  const { startMinigolem } = await import("minigolem"); // with a server it is not needed, and it takes half a second to load
  const golem = await startMinigolem({ time, onHazard: () => {} }); // a test reads them from the worker's metadata
  const client = new GolemClient({ url: golem.url });
  return {
    url: golem.url,
    client,
    defaultPolicy: fromWit(golem.defaultPolicy),
    time: golem.time,
    component: uploads(client),
    close: () => golem.close(),
  };
}

/** A component's name tells its content: what has not changed is not uploaded again. */
function uploads(client: GolemClient): Engine["component"] {
  const known = new Map<string, Promise<Component>>();
  const upload = async (name: string, file: string) => {
    const wasm = await readFile(file).catch(() => {
      throw new Error(`${file} is missing: build it with npm run build`);
    });
    const unique = `${name}-${createHash("sha256").update(wasm).digest("hex").slice(0, 12)}`;
    const found = await client.components.find(unique);
    if (found) client.components.remember(found, wasm);
    return found ?? (await client.components.create(unique, { wasm }));
  };
  return (name, folder) => {
    const file = join(folder, "dist", `${name}.wasm`);
    const found = known.get(file) ?? upload(name, file);
    known.set(file, found);
    return found;
  };
}
