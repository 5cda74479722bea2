import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type HazardKind, type MinigolemOptions, startMinigolem, type VirtualTime } from "minigolem";
import { Rest, uploadForm } from "./rest.ts";
import type { ComponentName } from "./scenario.ts";
import { Names } from "./tidy.ts";
import { Upstream } from "./upstream.ts";

export interface Deployed {
  id: string;
  name: string;
  wasm: Uint8Array<ArrayBuffer>;
}

/** A server with the components on it, and the upstream that they call. */
export interface Engine {
  url: string;
  /** In the names of its components and workers, so that two runs on one server don't meet. */
  run: string;
  upstream: Upstream;
  components: Record<ComponentName, Deployed>;
  names: Names;
  /** What was warned of, by worker; undefined: this server gives no warnings. */
  hazards?: Map<string, Set<HazardKind>>;
  /** The clock, if it is virtual. */
  time?: VirtualTime;
  close(): Promise<void>;
}

const wasmOf = (name: ComponentName) => new URL(`./components/${name}/dist/${name}.wasm`, import.meta.url);

/** A minigolem of its own. */
export async function embedded(options: Pick<MinigolemOptions, "time" | "faults">): Promise<Engine> {
  const hazards = new Map<string, Set<HazardKind>>();
  const golem = await startMinigolem({
    ...options,
    onHazard: ({ kind }, { workerName }) => {
      hazards.set(workerName, (hazards.get(workerName) ?? new Set()).add(kind));
    },
  });
  try {
    return await deploy(golem.url, { hazards, time: golem.time, stop: () => golem.close() });
  } catch (error) {
    await golem.close();
    throw error;
  }
}

/** A server that runs already. */
export const remote = (url: string): Promise<Engine> => deploy(url.replace(/\/$/, ""), { stop: async () => {} });

async function deploy(
  url: string,
  { hazards, time, stop }: Pick<Engine, "hazards" | "time"> & { stop: () => Promise<void> },
): Promise<Engine> {
  const run = randomBytes(4).toString("hex");
  const upstream = await new Upstream(time?.now).listen();
  const names = new Names([
    [upstream.base, "{upstream}"],
    [run, "{run}"],
  ]);
  // The first call to a component waits for it to be compiled, which is no part of any scenario.
  const rest = new Rest({ url, t0: Date.now(), deadline: Date.now() + 300_000, tidy: (value) => value, calls: [] });
  const one = async (component: ComponentName, api: string): Promise<Deployed> => {
    const wasm = new Uint8Array(await readFile(wasmOf(component)));
    const name = `${component}-${run}`;
    const { status, answer } = await rest.request("POST", "/v1/components", { body: uploadForm(name, wasm) });
    const id = answer?.versionedComponentId?.componentId;
    if (!id) throw new Error(`${url} does not take ${component}.wasm: ${status} ${JSON.stringify(answer)}`);
    names.id(id, `{${component}}`);
    const counter = encodeURIComponent(`probe:scenarios-exports/${api}.{counter}`);
    const warm = await rest.request(
      "POST",
      `/v1/components/${id}/workers/warm-up/invoke-and-await?function=${counter}`,
      { body: { params: [] }, headers: { "idempotency-key": randomUUID() } },
    );
    if (!warm.ok) throw new Error(`first call of ${component}: ${warm.status} ${JSON.stringify(warm.answer)}`);
    return { id, name, wasm };
  };
  const components = {
    probe: await one("probe", "api"),
    "probe-oplog": await one("probe-oplog", "oplog-api"),
    "probe-step": await one("probe-step", "step-api"),
    "probe-settled": await one("probe-settled", "settled-api"),
  };
  return {
    url,
    run,
    upstream,
    components,
    names,
    hazards,
    time,
    async close() {
      await stop();
      await upstream.close();
    },
  };
}
