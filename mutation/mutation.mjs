/**
 * `npm run mutation -- [part…]`: changes the source of a part in small ways, one at a time, and shows the changes that its tests
 * let pass. Fails below a score of 85 % in any part.
 */
import { Stryker } from "@stryker-mutator/core";
import { modules } from "./modules.mjs";

/** Per cent of the mutants that the tests must notice. */
const least = 85;

const noticed = new Set(["Killed", "Timeout"]);
const unnoticed = new Set(["Survived", "NoCoverage"]);

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in modules));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". There are: ${Object.keys(modules).join(", ")}.`);
  process.exit(1);
}

/** Mutates one part. @returns its score, and a line for each change that no test noticed */
async function run({ mutate, tests }) {
  process.env.MUTATION_TESTS = JSON.stringify(tests);
  const [folder] = mutate[0].split("/src/");
  const results = await new Stryker({
    mutate,
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "mutation/vitest.config.mjs", related: false },
    ignorePatterns: [
      "**",
      `!${folder}/**`,
      "!test/conformance/recordings/**",
      "!tsconfig.base.json",
      "!package.json",
      "!mutation/vitest.config.mjs",
      "**/dist/**",
    ],
    tempDirName: "mutation/.stryker",
    concurrency: 1,
    reporters: ["progress"],
    allowConsoleColors: false,
    logLevel: "warn",
  }).runMutationTest();
  const survivors = results.filter(({ status }) => unnoticed.has(status));
  const killed = results.filter(({ status }) => noticed.has(status)).length;
  const lines = survivors.map(
    ({ fileName, location: { start }, replacement }) =>
      `  ${fileName.slice(process.cwd().length + 1)}:${start.line}:${start.column}  ${JSON.stringify(replacement)}`,
  );
  return { score: (100 * killed) / Math.max(1, killed + survivors.length), killed, lines };
}

const scores = [];
for (const name of names.length > 0 ? names : Object.keys(modules)) {
  const { score, killed, lines } = await run(modules[name]);
  scores.push(score);
  console.log([`${name}: ${score.toFixed(1)} % (${killed} noticed, ${lines.length} not)`, ...lines].join("\n"));
}
if (Math.min(...scores) < least) {
  console.error(`Some parts are below ${least} %: write tests that notice the changes above.`);
  process.exitCode = 1;
}
