import { Command } from "commander";
import { type BuiltComponent, buildComponent, lintComponent } from "./build.js";
import { componentName } from "./component-name.js";
import { BuildError, toText } from "./problem.js";

const program = new Command("golem-component").description("Builds Golem components from TypeScript.");

program
  .command("build")
  .description("build wit/ and src/main.ts to dist/<name>.wasm, named as package.json says; skip what is up to date")
  .argument("[folders...]", "folders of components", ["."])
  .option("--world <name>", "the world to build, if the WIT has several")
  .option("--only-warn", "exit with 0 in spite of warnings, also where CI is set")
  .action(async (folders: string[], { world, onlyWarn }: { world?: string; onlyWarn?: true }) => {
    const warned = await (process.stdout.isTTY ? withList : withLines)(folders, world);
    if (warned === 0 || onlyWarn || !inCi()) return;
    console.error(
      "The build fails because CI is set and there are warnings. Mend them, allow each with // golem-lint-allow and a reason, or use --only-warn.",
    );
    process.exitCode = 1;
  });

program
  .command("lint")
  .description("report code that compiles but behaves differently on Golem; exit with 1 if there is any")
  .argument("[folders...]", "folders of components", ["."])
  .option("--world <name>", "the world, if the WIT has several")
  .action(async (folders: string[], { world }: { world?: string }) => {
    for (const dir of folders) {
      const found = await lintComponent({ dir, world });
      console.log(`${componentName(dir)}: ${found.length === 0 ? "clean" : `${found.length} found`}`);
      for (const finding of found) console.log(`\n${toText(finding)}\n`);
      if (found.length > 0) process.exitCode = 1;
    }
  });

/** On a build server nobody reads warnings. */
const inCi = () => !["", "0", "false"].includes(process.env.CI ?? "");

/** @returns how many warnings there are */
async function withLines(folders: string[], world?: string): Promise<number> {
  let warned = 0;
  for (const dir of folders) {
    const started = performance.now();
    const built = await buildComponent({ dir, world });
    console.log(done(built, started));
    warned += warn(built);
  }
  return warned;
}

async function withList(folders: string[], world?: string): Promise<number> {
  const { Listr } = await import("listr2");
  const warned: BuiltComponent[] = [];
  const tasks = folders.map((dir) => ({
    title: componentName(dir),
    task: async (_: unknown, task: { title: string }) => {
      const started = performance.now();
      const built = await buildComponent({ dir, world }, (step) => {
        task.title = `${componentName(dir)}: ${step}`;
      });
      task.title = done(built, started);
      warned.push(built);
    },
  }));
  await new Listr(tasks, { rendererOptions: { showErrorMessage: false } }).run();
  return warned.reduce((count, built) => count + warn(built), 0);
}

function warn({ warnings }: BuiltComponent): number {
  for (const finding of warnings) console.warn(`\n${toText(finding)}\n`);
  return warnings.length;
}

const done = ({ name, built }: BuiltComponent, started: number) =>
  built ? `${name}: built in ${((performance.now() - started) / 1000).toFixed(1)} s` : `${name}: up to date`;

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
