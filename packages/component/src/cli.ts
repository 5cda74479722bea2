import { basename, resolve } from "node:path";
import { Command } from "commander";
import { Listr } from "listr2";
import { buildComponent } from "./build.js";
import { BuildError } from "./problem.js";

const program = new Command("golem-component").description("Builds Golem components from TypeScript.");

program
  .command("build")
  .description("wit/ and src/main.ts to dist/<folder's name>.wasm; what is up to date is left alone")
  .argument("[folders...]", "folders of components", ["."])
  .option("--world <name>", "the world to build, if the WIT has several")
  .action(async (folders: string[], { world }: { world?: string }) => {
    const tasks = folders.map((dir) => ({
      title: basename(resolve(dir)),
      task: async (_: unknown, task: { title: string }) => {
        const started = performance.now();
        const { name, built } = await buildComponent({ dir, world }, (step) => {
          task.title = `${basename(resolve(dir))}: ${step}`;
        });
        task.title = built ? `${name}: built in ${((performance.now() - started) / 1000).toFixed(1)} s` : `${name}: up to date`;
      },
    }));
    await new Listr(tasks, { exitOnError: true }).run();
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
