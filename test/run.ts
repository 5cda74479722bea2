/**
 * `npm test`: format and lint, types, then all suites, and in the last line what came of it. `npm run verify` adds what only
 * maintainers need to know, and sums up both. Turbo runs what has changed; the results of what has not come from its cache.
 *
 * A suite is a script `test`, `test:<name>`, `verify` or `verify:<name>` of a workspace that writes its results with `--outputFile.json=<file>`.
 * turbo.json has a task of the same name, which says what the suite depends on.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { machine } from "./machine.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const isAll = process.argv.includes("--all");

interface Suite {
  /** Its script, and the task in turbo.json. */
  task: string;
  /** The file with its results. */
  results: string;
}

interface VitestResults {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that could not even be loaded have no tests. */
  testResults: {
    name: string;
    status: "passed" | "failed";
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** An input of each suite in turbo.json. */
const testedOn = machine();

const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, to be said once more before the sum: the runners' own words are thousands of lines above. */
const failures: string[] = [];

function run(command: string, ...args: string[]): boolean {
  console.log(`\n> ${command} ${args.join(" ")}`);
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", TESTED_ON: testedOn };
  const { status } = spawnSync(join(root, "node_modules/.bin", command), args, { cwd: root, stdio: "inherit", env });
  return status === 0;
}

/** @param otherwise what to say once more */
function check(ok: boolean, otherwise: string): void {
  if (ok) {
    total.passed++;
    return;
  }
  total.failed++;
  failures.push(otherwise);
}

/** The suites of a workspace, by its scripts. */
function suitesOf(folder: string): Suite[] {
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) return [];
  const scripts: Record<string, string> = JSON.parse(readFileSync(manifest, "utf8")).scripts ?? {};
  return Object.entries(scripts).flatMap(([task, command]) => {
    const file = /--outputFile\.json=(\S+)/.exec(command)?.[1];
    const isOurs = /^test(:|$)/.test(task) || (isAll && /^verify(:|$)/.test(task));
    return file && isOurs ? [{ task, results: join(folder, file) }] : [];
  });
}

/** Where the build begins with a toolchain from another registry, which only those need who change the component there. */
const onlyVerified = ["python"];

/** The suites of all workspaces. */
function suites(): Suite[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
  const patterns = workspaces.filter((folder) => isAll || !onlyVerified.includes(folder));
  const folders = patterns.flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [join(root, pattern)];
    const parent = join(root, pattern.slice(0, -2));
    return readdirSync(parent).map((name) => join(parent, name));
  });
  return folders.flatMap(suitesOf);
}

function count({ results }: Suite): void {
  if (!existsSync(results)) {
    failures.push(`${relative(root, results)} is missing: these tests did not run`);
    total.failed++;
    return;
  }
  const found: VitestResults = JSON.parse(readFileSync(results, "utf8"));
  const unloadable = found.testResults.filter((r) => r.status === "failed" && r.assertionResults.length === 0).length;
  total.passed += found.numPassedTests;
  total.failed += found.numFailedTests + unloadable;
  total.skipped += found.numPendingTests + found.numTodoTests;
  for (const { name, status, message, assertionResults } of found.testResults) {
    const file = relative(root, name);
    if (status === "failed" && assertionResults.length === 0) failures.push(`${file}: ${message}`);
    for (const test of assertionResults)
      if (test.status === "failed") failures.push(`${file}: ${test.fullName}\n${test.failureMessages.join("\n")}`);
  }
}

const all = suites();
for (const { results } of all) rmSync(results, { force: true });

check(
  run("biome", "ci", ".", process.stdout.isTTY ? "--colors=force" : "--colors=off"),
  "Format or lint: biome names the files above. `npm run format` mends most of it.",
);
// All at once, so that the types are checked while components are built. Three tasks at a time on two cores, because some of the
// suites mostly wait. No further arguments: with them turbo would take everything that the suites depend on for changed.
const tasks = [...new Set(all.map(({ task }) => task))];
const green = run(
  "turbo",
  "run",
  "build",
  "typecheck",
  ...tasks,
  ...(isAll ? [] : onlyVerified.map((name) => `--filter=!${name}`)),
  "--continue=dependencies-successful",
  "--concurrency=3",
);
for (const suite of all) count(suite);
if (green) total.passed++;
else if (total.failed === 0) {
  total.failed++;
  failures.push(
    "No test failed, but a task did: a build, a type check, or a runner after its last test. Turbo names it above.",
  );
}

for (const failure of failures) console.error(`\n✗ ${failure.slice(0, 2000)}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
