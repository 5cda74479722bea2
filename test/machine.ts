import { spawnSync } from "node:child_process";
import { realpathSync, statSync } from "node:fs";

/** A program that is replaced has another time or size. */
function fileOf(program: string): string {
  try {
    const file = realpathSync(program);
    const { size, mtimeMs } = statSync(file);
    return `${file} of ${size} bytes, ${mtimeMs}`;
  } catch {
    return "none";
  }
}

/** The version of the interpreter that the Python component is built with, if it has what that needs. */
function pythonOf(program: string): string {
  const { status, stdout } = spawnSync(program, ["-c", "import ensurepip, sys, venv; print(sys.version)"]);
  return status === 0 ? String(stdout).trim() : "none";
}

/**
 * What the tests' results depend on besides the files of the repository. Turbo counts it among the inputs of each suite, so that
 * no result of another Node is shown, nor that of tests that were skipped before there was a browser.
 */
export function machine({ CHROMIUM, PYTHON, GOLEM_URL } = process.env): string {
  const known = [
    `Node ${process.version} for ${process.platform} ${process.arch}`,
    `browser: ${fileOf(CHROMIUM ?? "/usr/bin/chromium")}`,
    `Python: ${pythonOf(PYTHON ?? "python3")}`,
  ];
  // What a server answers depends on what it holds and on its version: it is asked each time.
  if (GOLEM_URL) known.push(`${GOLEM_URL} at ${new Date().toISOString()}`);
  return known.join("; ");
}
