import { readFileSync } from "node:fs";
import { GolemClient, type Worker } from "golem-client";
import { startUpstream, type Upstream } from "golem-testkit/upstream";
import { type Minigolem, startMinigolem } from "minigolem";

/** An engine in real time with the component of http-caller, and the service that it calls. */
export interface Lab {
  golem: Minigolem;
  client: GolemClient;
  componentId: string;
  upstream: Upstream;
  /** A worker that knows where the service is. */
  worker(name: string): Promise<Worker>;
  close(): Promise<void>;
}

/** The component of http-caller. */
export const wasm = new URL("../../../apps/http-caller/dist/http-caller.wasm", import.meta.url);

export async function openLab(): Promise<Lab> {
  const golem = await startMinigolem({ onHazard: () => {} });
  const upstream = await startUpstream();
  const client = new GolemClient({ url: golem.url });
  const { versionedComponentId } = await client.components.create("http-caller", { wasm: readFileSync(wasm) });
  const { componentId } = versionedComponentId;
  return {
    golem,
    client,
    componentId,
    upstream,
    async worker(name) {
      const worker = client.worker(componentId, name);
      await worker.create({ env: { ORDERS_URL: upstream.url } });
      return worker;
    },
    async close() {
      await golem.close();
      await upstream.close();
    },
  };
}

export const order = { id: "7", status: "paid", total: 42 };
