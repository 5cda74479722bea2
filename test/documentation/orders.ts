import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GolemClient } from "golem-client";
import { startUpstream } from "golem-testkit/upstream";
import { startMinigolem } from "minigolem";
import { root } from "./pages.js";

/**
 * What examples find at the address of a server: a minigolem in virtual time, and on it, unless they upload it themselves, the component
 * `orders`, which is http-caller. Its worker `alice` has fetched an order, after two failures.
 * @param act gets the server's address, and that of the service
 */
export async function withOrders<T>(
  act: (golem: string, upstream: string) => Promise<T>,
  { uploaded = true } = {},
): Promise<T> {
  const golem = await startMinigolem({ time: "virtual" });
  const upstream = await startUpstream();
  try {
    upstream.on("/orders/7").fails(2, 503).then({ id: "7", status: "paid", total: 42 });
    if (uploaded) await fetchOnce(golem.url, upstream.url);
    return await act(golem.url, upstream.url);
  } finally {
    await golem.close();
    await upstream.close();
  }
}

async function fetchOnce(url: string, service: string): Promise<void> {
  const client = new GolemClient({ url });
  const wasm = readFileSync(join(root, "apps/http-caller/dist/http-caller.wasm"));
  const { versionedComponentId } = await client.components.create("orders", { wasm });
  const alice = client.worker(versionedComponentId.componentId, "alice");
  await alice.create({ env: { ORDERS_URL: service } });
  await alice.invoke("fetch-order", "7");
}
