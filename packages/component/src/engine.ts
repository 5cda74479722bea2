import { delimiter, dirname, join } from "node:path";
import { loadComponentize } from "./componentize.js";
import { BuildError, type Problem } from "./problem.js";
import { stackPlaces } from "./stack.js";
import { trapBundle } from "./trap-bundle.js";
import type { WitFolder } from "./wit/folder.js";

/** In place of wizer. Windows doesn't run scripts as commands: there it is wizer. */
const snapshotCommand =
  process.platform === "win32"
    ? {}
    : {
        wizerBin: join(import.meta.dirname, "..", "bin", "snapshot.js"),
        env: { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), NODE_NO_WARNINGS: "1" },
      };

/**
 * Makes the component: the bundle inside a JavaScript engine, its top level already run.
 * All features stay on: a call of one left out is still there and traps without a word.
 */
export async function componentizeBundle(file: string, wit: WitFolder, dir: string): Promise<Uint8Array> {
  const failure = await run(file, wit);
  if (failure instanceof Uint8Array) return failure;
  throw new BuildError([(await hostCallProblem(failure, file, wit, dir)) ?? (await loadProblem(failure, file, dir))], {
    cause: failure,
  });
}

async function run(file: string, wit: WitFolder): Promise<Uint8Array | Error> {
  try {
    const componentize = await loadComponentize();
    const { component } = await componentize({
      sourcePath: file,
      witPath: wit.resolved,
      worldName: wit.world,
      disableFeatures: [],
      ...snapshotCommand,
    });
    return component;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The top level threw: the engine says what, and the stack. */
async function loadProblem({ message }: Error, file: string, dir: string): Promise<Problem> {
  const thrown = /Exception while evaluating top-level script\n(?:\S+:\d+:\d+ )?(.+)/.exec(message)?.[1];
  return {
    what: thrown ? `thrown while the module loads, at build time: ${thrown}` : message,
    ...(await stackPlaces(message, file, dir)),
    help: thrown && loadHelp(thrown),
  };
}

/** A wrong value is wrong in a function, too, where it would fail the worker and not the build. */
function loadHelp(thrown: string): string {
  const ofPolicy = /^(?:Type|Range)Error: (?:retryPolicy\b|duration\b|toNamedPolicy\b|fromNamedPolicy\b)/.test(thrown);
  if (ofPolicy) return "Correct the value. The build checks it here, so that no worker fails because of it.";
  return (
    "The build runs the code outside of functions. Correct what throws. If it needs what only a worker has (its " +
    "environment, the time, a service), move it into an exported function."
  );
}

/** The top level called the host, of which the engine says no place: run it again with a host that throws. */
async function hostCallProblem(
  { message }: Error,
  file: string,
  wit: WitFolder,
  dir: string,
): Promise<Problem | undefined> {
  const call = /unknown imported function: '([^']+)' '([^']+)'/.exec(message);
  if (!call) return undefined;
  const [, module = "", name] = call;
  const trap = await trapBundle(file, dir);
  const again = await run(trap, wit);
  const thrown = again instanceof Error ? /(\S+) at the top level/.exec(again.message)?.[1] : undefined;
  return {
    what: module.startsWith("wasi:random/")
      ? "randomness is asked for while the module loads, at build time: each worker would get the same"
      : `${thrown ?? `${name} of ${module}`} is called while the module loads, at build time: there is no host yet`,
    file,
    ...(again instanceof Error ? await stackPlaces(again.message, trap, dir) : {}),
    help: "Move the call into an exported function.",
  };
}
