import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Minigolem, type MinigolemOptions, startMinigolem } from "../dist/index.js";

/** An engine in a folder of its own, and what tests send to it. */
export async function startAttacked(options: MinigolemOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "minigolem-attack-"));
  const golem: Minigolem = await startMinigolem({ dataDir: join(folder, "data"), ...options });

  /** Answers as text, for a number may be one that `JSON.parse` would change. */
  async function ask(method: string, path: string, body?: string | FormData) {
    const headers = typeof body === "string" ? { "content-type": "application/json" } : undefined;
    const response = await fetch(`${golem.url}/v1/components${path}`, { method, body, headers });
    return { status: response.status, text: await response.text() };
  }

  /** @returns the component's id */
  async function upload(name: string, wasm: Uint8Array<ArrayBuffer>, type = "Durable"): Promise<string> {
    const form = new FormData();
    form.append("name", name);
    form.append("componentType", type);
    form.append("component", new Blob([wasm]), `${name}.wasm`);
    const { status, text } = await ask("POST", "", form);
    if (status !== 200) throw new Error(text);
    return JSON.parse(text).versionedComponentId.componentId;
  }

  return {
    golem,
    ask,
    upload,
    async close() {
      await golem.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Attacked = Awaited<ReturnType<typeof startAttacked>>;
