/** A process that builds components for another: it is sent one source at a time, and ends with the one that started it. */
import { type BuiltComponent, buildComponent, type ComponentSource } from "./build.js";
import { BuildError, type Problem } from "./problem.js";

/** What the process sends: steps, and at the end one of the others. */
export type Answer = { step: string } | { built: BuiltComponent } | { problems: Problem[] } | { error: string };

const send = (answer: Answer) => process.send?.(answer);

process.on("disconnect", () => process.exit());
process.on("message", async (source: ComponentSource) => {
  try {
    send({ built: await buildComponent(source, (step) => send({ step })) });
  } catch (error) {
    if (error instanceof BuildError) send({ problems: error.problems });
    else send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
