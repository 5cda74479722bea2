import { basename, resolve } from "node:path";
import { Command } from "commander";
import { type BuiltComponent, buildComponent, lintComponent } from "./build.js";
import { BuildError, toText } from "./problem.js";

const program = new Command("golem-component").description("Builds Golem components from TypeScript.");

program
  .command("build")
  .description("wit/ and src/main.ts to dist/<folder's name>.wasm; skip what is up to date")
  .argument("[folders...]", "folders of components", ["."])
  .option("--world <name>", "the world to build, if the WIT has several")
  .action((folders: string[], { world }: { world?: string }) =>
    (process.stdout.isTTY ? withList : withLines)(folders, world),
  );

program
  .command("lint")
  .description("report code that compiles but behaves differently on Golem; exit with 1 if there is any")
  .argument("[folders...]", "folders of components", ["."])
  .option("--world <name>", "the world, if the WIT has several")
  .action(async (folders: string[], { world }: { world?: string }) => {
    for (const dir of folders) {
      const found = await lintComponent({ dir, world });
      console.log(`${basename(resolve(dir))}: ${found.length === 0 ? "clean" : `${found.length} found`}`);
      for (const finding of found) console.log(`\n${toText(finding)}\n`);
      if (found.length > 0) process.exitCode = 1;
    }
  });

async function withLines(folders: string[], world?: string): Promise<void> {
  for (const dir of folders) {
    const started = performance.now();
    const built = await buildComponent({ dir, world });
    console.log(done(built, started));
    warn(built);
  }
}

async function withList(folders: string[], world?: string): Promise<void> {
  const { Listr } = await import("listr2");
  const warned: BuiltComponent[] = [];
  const tasks = folders.map((dir) => ({
    title: basename(resolve(dir)),
    task: async (_: unknown, task: { title: string }) => {
      const started = performance.now();
      const built = await buildComponent({ dir, world }, (step) => {
        task.title = `${basename(resolve(dir))}: ${step}`;
      });
      task.title = done(built, started);
      warned.push(built);
    },
  }));
  await new Listr(tasks, { rendererOptions: { showErrorMessage: false } }).run();
  warned.forEach(warn);
}

function warn({ warnings }: BuiltComponent): void {
  for (const finding of warnings) console.warn(`\n${toText(finding)}\n`);
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
