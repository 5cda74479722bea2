import { basename, resolve } from "node:path";
import { Command } from "commander";
import { type BuiltComponent, buildComponent } from "./build.js";
import { BuildError } from "./problem.js";

const program = new Command("golem-component").description("Builds Golem components from TypeScript.");

program
  .command("build")
  .description("wit/ and src/main.ts to dist/<folder's name>.wasm; what is up to date is left alone")
  .argument("[folders...]", "folders of components", ["."])
  .option("--world <name>", "the world to build, if the WIT has several")
  .action((folders: string[], { world }: { world?: string }) =>
    (process.stdout.isTTY ? withList : withLines)(folders, world),
  );

async function withLines(folders: string[], world?: string): Promise<void> {
  for (const dir of folders) {
    const started = performance.now();
    console.log(done(await buildComponent({ dir, world }), started));
  }
}

async function withList(folders: string[], world?: string): Promise<void> {
  const { Listr } = await import("listr2");
  const tasks = folders.map((dir) => ({
    title: basename(resolve(dir)),
    task: async (_: unknown, task: { title: string }) => {
      const started = performance.now();
      const built = await buildComponent({ dir, world }, (step) => {
        task.title = `${basename(resolve(dir))}: ${step}`;
      });
      task.title = done(built, started);
    },
  }));
  await new Listr(tasks, { rendererOptions: { showErrorMessage: false } }).run();
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
