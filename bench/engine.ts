import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { GolemClient } from "golem-client";

/** A running engine: a minigolem in a process of its own, as its users have it, or the server that `GOLEM_URL` names. */
export interface BenchEngine {
  client: GolemClient;
  /** Resident memory in MB; undefined where it cannot be read. */
  memory(): number | undefined;
  stop(): Promise<void>;
}

/** @param cache where minigolem keeps what it compiled; an empty folder makes every component an unseen one */
export async function startMinigolem(time: "real" | "virtual", cache: string): Promise<BenchEngine> {
  const cli = fileURLToPath(new URL("../packages/minigolem/dist/cli.js", import.meta.url));
  const data = mkdtempSync(join(tmpdir(), "minigolem-bench-"));
  const args = [cli, "serve", "--router-port", "0", "--data-dir", data, "--time", time];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], env });
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\d.:]+/.exec(line)?.[0];
    if (!url) continue;
    return {
      client: new GolemClient({ url }),
      memory: () => residentMemory(server.pid),
      async stop() {
        const exit = once(server, "exit");
        server.kill("SIGTERM");
        await exit;
        rmSync(data, { recursive: true, force: true });
      },
    };
  }
  throw new Error("minigolem did not start");
}

/** A server's memory cannot be read from here. */
export const serverAt = (url: string): BenchEngine => ({
  client: new GolemClient({ url }),
  memory: () => undefined,
  stop: async () => {},
});

function residentMemory(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(file, "utf8"))?.[1]) / 1024;
}
