/**
 * `npm test`: format and lint, types, then the tests of every package and app, and in the last line what came of it. Turbo
 * runs what has changed; the results of what has not come from its cache.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const results = ".results/vitest.json";

interface VitestResults {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that could not even be loaded have no tests. */
  testResults: { status: "passed" | "failed"; assertionResults: unknown[] }[];
}

const total = { passed: 0, failed: 0, skipped: 0 };

function run(command: string, ...args: string[]): boolean {
  console.log(`\n> ${command} ${args.join(" ")}`);
  const { status } = spawnSync(join(root, "node_modules/.bin", command), args, { cwd: root, stdio: "inherit" });
  return status === 0;
}

function check(ok: boolean): void {
  if (ok) total.passed++;
  else total.failed++;
}

/** Folders whose package.json has a script `test`. */
function tested(): string[] {
  const folders = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(root, parent, name)),
  );
  return [...folders, join(root, "python"), join(root, "test"), join(root, "test/ejected")].filter((folder) => {
    const manifest = join(folder, "package.json");
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).scripts?.test;
  });
}

function count(folder: string): void {
  const file = join(folder, results);
  if (!existsSync(file)) {
    console.error(`no test results from ${folder}: its tests did not run`);
    total.failed++;
    return;
  }
  const found: VitestResults = JSON.parse(readFileSync(file, "utf8"));
  const unloadable = found.testResults.filter((r) => r.status === "failed" && r.assertionResults.length === 0).length;
  total.passed += found.numPassedTests;
  total.failed += found.numFailedTests + unloadable;
  total.skipped += found.numPendingTests + found.numTodoTests;
}

const folders = tested();
for (const folder of folders) rmSync(join(folder, ".results"), { recursive: true, force: true });

check(run("biome", "ci", ".", process.stdout.isTTY ? "--colors=force" : "--colors=off"));
check(run("turbo", "run", "build", "typecheck"));
// No arguments for the tests: with them turbo would take everything that they depend on for changed. Three at a time on two cores,
// for some of them mostly wait.
const green = run("turbo", "run", "test", "--continue", "--concurrency=3");
for (const folder of folders) count(folder);
if (!green && total.failed === 0) total.failed++; // a runner that crashed after its last test

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
