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

/** A server with the components that are asked for on it, and the upstream that they call. */
export interface Engine {
  url: string;
  /** In the names of its components and workers, so that two runs on one server don't meet. */
  run: string;
  upstream: Upstream;
  components: Partial<Record<ComponentName, Deployed>>;
  names: Names;
  /** What was warned of, by worker; undefined: this server gives no warnings. */
  hazards?: Map<string, Set<HazardKind>>;
  /** The clock, if it is virtual. */
  time?: VirtualTime;
  close(): Promise<void>;
}

const wasmOf = (name: ComponentName) => new URL(`./components/${name}/dist/${name}.wasm`, import.meta.url);

/** A minigolem of its own. */
export async function embedded(
  names: readonly ComponentName[],
  options: Pick<MinigolemOptions, "time" | "faults">,
): Promise<Engine> {
  const hazards = new Map<string, Set<HazardKind>>();
  const golem = await startMinigolem({
    ...options,
    onHazard: ({ kind }, { workerName }) => {
      hazards.set(workerName, (hazards.get(workerName) ?? new Set()).add(kind));
    },
  });
  try {
    return await deploy(golem.url, names, { hazards, time: golem.time, stop: () => golem.close() });
  } catch (error) {
    await golem.close();
    throw error;
  }
}

/** A server that runs already. */
export const remote = (url: string, names: readonly ComponentName[]): Promise<Engine> =>
  deploy(url.replace(/\/$/, ""), names, { stop: async () => {} });

/** The functions' interface of each component. */
export const interfaces: Record<ComponentName, string> = {
  probe: "api",
  "probe-oplog": "oplog-api",
  "probe-step": "step-api",
  "probe-settled": "settled-api",
};

async function deploy(
  url: string,
  wanted: readonly ComponentName[],
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
  const one = async (component: ComponentName): Promise<Deployed> => {
    const wasm = new Uint8Array(await readFile(wasmOf(component)));
    const name = `${component}-${run}`;
    const { status, answer } = await rest.request("POST", "/v1/components", { body: uploadForm(name, wasm) });
    const id = answer?.versionedComponentId?.componentId;
    if (!id) throw new Error(`${url} does not take ${component}.wasm: ${status} ${JSON.stringify(answer)}`);
    names.id(id, `{${component}}`);
    const counter = encodeURIComponent(`probe:scenarios-exports/${interfaces[component]}.{counter}`);
    const warm = await rest.request(
      "POST",
      `/v1/components/${id}/workers/warm-up/invoke-and-await?function=${counter}`,
      { body: { params: [] }, headers: { "idempotency-key": randomUUID() } },
    );
    if (!warm.ok) throw new Error(`first call of ${component}: ${warm.status} ${JSON.stringify(warm.answer)}`);
    return { id, name, wasm };
  };
  const components: Engine["components"] = {};
  for (const component of wanted) components[component] = await one(component);
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
