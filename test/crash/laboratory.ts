import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEngine, type Engine } from "../../packages/minigolem/dist/engine.js";
import { defaultCacheDir } from "../../packages/minigolem/dist/environment.js";
import { Life } from "./life.js";
import type { Scenario } from "./scenario.js";
import { startUpstream } from "./upstream.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Who lives through the lives of a worker. */
export interface Patient {
  born(life: Life): void;
  /** What the worker asks its host for. */
  told(what: string): void;
}

export type Laboratory = Awaited<ReturnType<typeof openLaboratory>>;

/** One engine in virtual time and one upstream, for one run after another. */
export async function openLaboratory() {
  const dataDir = mkdtempSync(join(tmpdir(), "golem-crash-"));
  const upstream = await startUpstream();
  const patients = new Map<string, Patient>();
  const components = new Map<string, Promise<string>>();

  const start = () =>
    createEngine({ dataDir, cacheDir: defaultCacheDir(), time: "virtual", maxThreads: 1 }, (usual, row) => {
      const patient = patients.get(row.name);
      if (!patient) return usual;
      const life = new Life(usual, row, (what) => patient.told(what));
      patient.born(life);
      return life.surroundings;
    });
  let engine: Engine = await start();

  /** Two versions of the same, so that there is something to update to. */
  async function upload({ folder, wasm }: Scenario["component"]): Promise<string> {
    const bytes = readFileSync(join(root, folder, "dist", `${wasm}.wasm`));
    const { id } = await engine.components.create({ name: folder, wasm: bytes });
    await engine.components.update(id, bytes);
    return id;
  }

  return {
    upstream,
    patients,
    get engine() {
      return engine;
    },
    component(of: Scenario["component"]): Promise<string> {
      const known = components.get(of.folder) ?? upload(of);
      components.set(of.folder, known);
      return known;
    },
    /** The whole engine ends, and another one starts on what it has left. */
    async restart(): Promise<void> {
      await engine.close();
      engine = await start();
    },
    async close(): Promise<void> {
      await engine.close();
      upstream.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
