import { fileURLToPath } from "node:url";
import { buildComponents } from "golem-component";

const dir = (name: string) => fileURLToPath(new URL(`./components/${name}`, import.meta.url));

/** Builds the components of the scenarios, unless they are up to date. */
export default async function setup(): Promise<void> {
  await buildComponents(
    ["probe", "probe-oplog", "probe-step", "probe-settled"].map((name) => ({ dir: dir(name) })),
    { progress: (name, step) => console.log(`${name}: ${step}`) },
  );
}
