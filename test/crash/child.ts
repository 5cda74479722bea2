/** One process of the examination: takes scenarios by name, and sends back a report of each. */
import { setPriority } from "node:os";
import { Crash } from "./crashed.js";
import { examine, type Order } from "./examine.js";
import { openLaboratory } from "./laboratory.js";
import { scenarios } from "./scenarios/index.js";

setPriority(10); // nothing here depends on real time: what does goes first

process.on("unhandledRejection", (error) => {
  if (!(error instanceof Crash)) throw error; // code of a worker that has crashed
});

const { error: complain } = console;
console.error = (...words: unknown[]) => {
  if (!String(words[0]).endsWith(new Crash().message)) complain(...words); // the engine says which worker stops, and why
};

const laboratory = await openLaboratory();
process.on("message", async ({ name, order }: { name: string; order: Order }) => {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  process.send?.(await examine(laboratory, scenario, order));
});
process.on("disconnect", () => void laboratory.close().then(() => process.exit()));
process.send?.("ready");
