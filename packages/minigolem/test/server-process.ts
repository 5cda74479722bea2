import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../bin/minigolem.js", import.meta.url));

/** @throws Error when minigolem has written to stderr that one of its own promises failed, and nobody had waited for it */
export function refuseLostErrors(stderr: string): void {
  if (stderr.includes("an error that nobody waited for")) throw new Error(stderr);
}

/** A `minigolem serve` as a user starts it, which is ended and started again on the same folder and port. */
export class ServerProcess {
  readonly #flags: string[];
  readonly #env: Record<string, string>;
  #process: ChildProcess | undefined;
  #port = "0";
  /** What it wrote to stderr since it was last started. */
  #complaints = "";
  url = "";
  /** How often it was killed. */
  kills = 0;

  /** @param flags of `serve`. @param env more than this process has */
  constructor(dataDir: string, flags: string[] = [], env: Record<string, string> = {}) {
    this.#flags = ["--quiet", "--data-dir", dataDir, ...flags];
    this.#env = env;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** @param more flags, for this time */
  async start(...more: string[]): Promise<void> {
    this.#complaints = "";
    const flags = ["serve", "--router-port", this.#port, ...this.#flags, ...more];
    this.#process = spawn(process.execPath, [program, ...flags], {
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stderr?.on("data", (data) => {
      process.stderr.write(data);
      this.#complaints += data;
    });
    for await (const line of createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })) {
      const found = /(http:\/\/[\d.]+:(\d+))/.exec(line);
      if (!found) continue;
      [, this.url, this.#port] = found as unknown as [string, string, string];
      return;
    }
    throw new Error("minigolem did not start");
  }

  async kill(): Promise<void> {
    if ((await this.end("SIGKILL")) !== undefined) this.kills++;
  }

  /**
   * Ends it, unless it has ended.
   * @returns its exit code, or null when the signal ended it; undefined when it did not run
   * @throws Error when it has told of an error that nobody waited for
   */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null | undefined> {
    const child = this.#process;
    this.#process = undefined;
    if (!child) return undefined;
    const gone = once(child, "close");
    child.kill(signal);
    const [code] = await gone;
    refuseLostErrors(this.#complaints);
    return code;
  }
}
