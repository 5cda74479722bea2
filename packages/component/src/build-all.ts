import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type BuiltComponent, buildComponent, type ComponentSource, currentComponent } from "./build.js";
import type { Answer } from "./build-process.js";
import { componentName } from "./component-name.js";
import { BuildError } from "./problem.js";

/** How several components are built. */
export interface BuildOptions {
  /** How many are built at the same time, each in a process of its own that takes 0.9 GB of memory (default 1: in this process). */
  jobs?: number;
  /** Is told each step as it begins. */
  progress?: (name: string, step: string) => void;
  /** Is told each component when it is there, whether built or up to date. */
  done?: (component: BuiltComponent) => void;
}

/**
 * Builds components in the order given, except those that are up to date. The first in a process takes 10 s of CPU, because
 * the toolchain is compiled; each further one takes 5 s.
 * @returns what came of each, in the same order
 * @throws BuildError of the first that fails; what is under way then stops
 */
export async function buildComponents(
  sources: ComponentSource[],
  options: BuildOptions = {},
): Promise<BuiltComponent[]> {
  const { jobs = 1, progress, done } = options;
  const results = await Promise.all(sources.map(currentComponent));
  const stale = sources.filter((_, i) => results[i] === undefined);
  for (const one of results) if (one) done?.(one);

  const queue = [...stale];
  const take = async (build: (source: ComponentSource) => Promise<BuiltComponent>) => {
    for (let source = queue.shift(); source; source = queue.shift()) {
      const built = await build(source);
      results[sources.indexOf(source)] = built;
      done?.(built);
    }
  };
  const processes = Math.min(jobs, stale.length);
  if (processes < 2) await take((source) => buildComponent(source, (step) => progress?.(nameOf(source), step)));
  else await inProcesses(processes, take, progress);
  return results as BuiltComponent[];
}

const nameOf = ({ dir }: ComponentSource) => componentName(dir);

/** The compiled one, also when a test runs this file as TypeScript. */
const buildProcess = join(import.meta.dirname, "..", "dist", "build-process.js");

async function inProcesses(
  count: number,
  take: (build: (source: ComponentSource) => Promise<BuiltComponent>) => Promise<void>,
  progress: BuildOptions["progress"],
): Promise<void> {
  const children = Array.from({ length: count }, () => fork(buildProcess));
  try {
    await Promise.all(children.map((child) => take((source) => ask(child, source, progress))));
  } finally {
    for (const child of children) child.kill();
  }
}

/** Has one component built by a process. */
function ask(
  child: ChildProcess,
  source: ComponentSource,
  progress: BuildOptions["progress"],
): Promise<BuiltComponent> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      child.off("message", hear).off("exit", exited);
      act();
    };
    const exited = (code: number | null, signal: string | null) =>
      settle(() => reject(new Error(`the process that builds ${nameOf(source)} ended with ${signal ?? code}`)));
    const hear = (answer: Answer) => {
      if ("step" in answer) progress?.(nameOf(source), answer.step);
      else if ("built" in answer) settle(() => resolve(answer.built));
      else if ("problems" in answer) settle(() => reject(new BuildError(answer.problems)));
      else settle(() => reject(new Error(answer.error)));
    };
    child.on("message", hear).on("exit", exited);
    child.send(source);
  });
}
