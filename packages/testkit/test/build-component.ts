import { fileURLToPath } from "node:url";
import { buildComponent } from "golem-component";

/** vitest's globalSetup: the component that these tests run, built when it has changed. */
export default async function build(): Promise<void> {
  await buildComponent({ dir: fileURLToPath(new URL("component", import.meta.url)) });
}
