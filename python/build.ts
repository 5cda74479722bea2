/** `npm run build`: src/ and wit/ to dist/python.wasm, by componentize-py in a virtual environment of its own. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const venv = join(folder, ".venv");
const bin = join(venv, process.platform === "win32" ? "Scripts" : "bin");

/** @throws Error with what the command printed */
function run(command: string, ...args: string[]): void {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stdout + stderr}`);
}

/** Whether this interpreter is new enough, and can make a virtual environment. Debian has that part in a package of its own. */
const suits = (python: string): boolean =>
  spawnSync(python, ["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))"]).status === 0;

/** @returns false, having said why, where componentize-py cannot be had */
function prepared(): boolean {
  const python = [process.env.PYTHON, "python3", "python"].find((name) => name && suits(name));
  try {
    if (!python) throw new Error("there is no Python 3.10 or later with venv");
    run(python, "-m", "venv", venv);
    run(
      join(bin, "python"),
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "-r",
      "requirements.txt",
    );
    return true;
  } catch (error) {
    console.error(`\n!! THE PYTHON COMPONENT IS NOT BUILT, AND ITS TESTS ARE SKIPPED: ${(error as Error).message}`);
    console.error("!! Install one (Debian: apt-get install python3-venv), then: PYTHON=python3 npm run verify\n");
    return false;
  }
}

rmSync(join(folder, "dist"), { recursive: true, force: true });
if (prepared()) {
  const wit = join(folder, "dist/wit");
  cpSync(join(folder, "wit"), wit, { recursive: true });
  cpSync(join(folder, "../wit/deps"), join(wit, "deps"), { recursive: true });
  run(
    join(bin, "componentize-py"),
    ...["-d", "dist/wit", "-w", "python", "componentize", "-p", "src", "app", "-o", "dist/python.wasm"],
  );
}
