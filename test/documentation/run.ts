import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./pages.js";

/** As in an npm script: what the packages offer as commands is at hand. Plain text. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`,
  NO_COLOR: "1",
  FORCE_COLOR: "0",
};

/**
 * Runs a command of a shell, in the repository's root unless told otherwise.
 * @returns what it printed
 * @throws with all of that when it failed and should not, or the other way round
 */
export function run(command: string, { cwd = root, env = {}, fails = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", command], { cwd, env: { ...environment, ...env } }, (error, stdout, stderr) => {
      if ((error !== null) === fails) resolve(stdout + stderr);
      else reject(new Error(`${command} ${fails ? "should fail" : "failed"}:\n${stdout}${stderr}`));
    });
  });
}

/**
 * Starts a server in a home of its own; asks it once, and stops it.
 * @param command a program and its arguments, no shell; they must choose a free port
 * @returns what it printed
 * @throws when it does not answer, or does not end as it should
 */
export async function serve(...command: [string, ...string[]]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "home-"));
  const env = { ...environment, HOME: home, XDG_DATA_HOME: join(home, "data"), XDG_CACHE_HOME: join(home, "cache") };
  const [program, ...args] = command;
  const server = spawn(program, args, { cwd: home, env });
  try {
    let printed = "";
    for await (const piece of server.stdout) {
      printed += piece;
      if (printed.includes("Ctrl-C")) break;
    }
    const url = /http:\/\/[^\s,]+/.exec(printed)?.[0];
    const { status } = await fetch(`${url}/v1/components`);
    const exit = once(server, "exit");
    server.kill("SIGTERM");
    const [code] = await exit;
    if (status !== 200 || code !== 0) throw new Error(`it answered ${status} and ended with ${code}:\n${printed}`);
    return printed;
  } finally {
    server.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  }
}
