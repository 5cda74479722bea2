import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../packages/minigolem/bin/minigolem.js", import.meta.url));

/** A `minigolem serve` as a user starts it, which is killed and started again on the same folder and port. */
export class ServerProcess {
  readonly #dataDir: string;
  #process: ChildProcess | undefined;
  #port = "0";
  url = "";
  /** How often it was killed. */
  kills = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async start(): Promise<void> {
    const flags = ["serve", "--quiet", "--router-port", this.#port, "--data-dir", this.#dataDir];
    this.#process = spawn(process.execPath, [program, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })) {
      const found = /(http:\/\/[\d.]+:(\d+))/.exec(line);
      if (!found) continue;
      [, this.url, this.#port] = found as unknown as [string, string, string];
      return;
    }
    throw new Error("minigolem did not start");
  }

  async kill(): Promise<void> {
    const gone = once(this.#process as ChildProcess, "exit");
    this.#process?.kill("SIGKILL");
    await gone;
    this.kills++;
  }
}
