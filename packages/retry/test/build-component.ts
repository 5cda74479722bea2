import { buildComponent } from "golem-component";

/** Once for all test files. */
export async function setup(): Promise<void> {
  await buildComponent({ dir: new URL("component", import.meta.url).pathname });
}
