import { type ChildProcess, spawn } from "node:child_process";
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
  /** Milliseconds of CPU so far: of the process, and of its main thread. Undefined where they cannot be read. */
  cpu(): { all: number; main: number } | undefined;
  stop(): Promise<void>;
}

/** A minigolem of this machine. */
interface Local extends BenchEngine {
  url: string;
  pid: number | undefined;
  /** Stops it, and starts another with the same data. */
  restart(): Promise<Local>;
}

async function end(server: ChildProcess): Promise<void> {
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  await exit;
}

/** @param cache where minigolem keeps what it compiled; an empty folder makes every component an unseen one */
export async function startMinigolem(
  time: "real" | "virtual",
  cache: string,
  data: string = mkdtempSync(join(tmpdir(), "minigolem-bench-")),
): Promise<Local> {
  const cli = fileURLToPath(new URL("../packages/minigolem/dist/cli.js", import.meta.url));
  const args = [cli, "serve", "--router-port", "0", "--data-dir", data, "--time", time];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], env });
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\d.:]+/.exec(line)?.[0];
    if (!url) continue;
    return {
      url,
      pid: server.pid,
      client: new GolemClient({ url }),
      memory: () => residentMemory(server.pid),
      cpu: () => cpuTimes(server.pid),
      async restart() {
        await end(server);
        return startMinigolem(time, cache, data);
      },
      async stop() {
        await end(server);
        rmSync(data, { recursive: true, force: true });
      },
    };
  }
  throw new Error("minigolem did not start");
}

/** A server's memory and CPU cannot be read from here. */
export const serverAt = (url: string): BenchEngine => ({
  client: new GolemClient({ url }),
  memory: () => undefined,
  cpu: () => undefined,
  stop: async () => {},
});

function residentMemory(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(file, "utf8"))?.[1]) / 1024;
}

function cpuTimes(pid: number | undefined): { all: number; main: number } | undefined {
  const [all, main] = [`/proc/${pid}/stat`, `/proc/${pid}/task/${pid}/stat`].map((file) => {
    if (!existsSync(file)) return undefined;
    const fields = readFileSync(file, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12])); // user and system, in hundredths of a second
  });
  return all === undefined || main === undefined ? undefined : { all, main };
}
