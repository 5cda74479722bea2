import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { child } from "./children.js";

/** Packages and components that are being built. */
export interface Build {
  /** Settles when the packages are there that a demo needs outside of the component. */
  packages: Promise<void>;
  /** Settles when an app's component is there. */
  component(app: string): Promise<void>;
}

/** One build takes this much memory, and one processor. */
const jobs = 2;

/**
 * Starts to build what the demos need: first what builds components; then the first component and the other packages side by side,
 * because the first demo waits for both; then the other components.
 * @param say is told what is going on
 */
export function startBuild(root: string, apps: string[], say: (text: string) => void): Build {
  const builder = packages(root, say, "golem-component", "golem-retry");
  const built = new EventEmitter<Record<string, []>>().setMaxListeners(0);
  const there = new Set<string>();
  const others = builder.then(() => packages(root, say, "golem-testkit"));
  const tell = (under: string) => say(`components: ${there.size} of ${apps.length} are built${under}`);
  const isThere = (app: string) => {
    there.add(app);
    built.emit(app);
  };
  const all = builder
    .then(() => components(root, apps.slice(0, 1), tell, isThere))
    .then(() => others)
    .then(() => components(root, apps.slice(1), tell, isThere));
  all.catch(() => {}); // whoever waits for a component is told
  return {
    packages: others,
    component: async (app) => {
      if (!there.has(app)) await Promise.race([once(built, app), all]);
    },
  };
}

async function packages(root: string, say: (text: string) => void, ...filters: string[]): Promise<void> {
  say("compiling the packages");
  const args = ["run", "build", "--output-logs=errors-only", ...filters.map((filter) => `--filter=${filter}`)];
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const { status, printed } = await child(join(root, "node_modules/.bin/turbo"), args, { cwd: root, env });
  if (status !== 0) throw new Error(`the packages (${filters.join(", ")}) could not be compiled:\n${printed}`);
}

/**
 * Builds the components of some apps.
 * @param tell is told, whenever that changes, what is being built
 * @param there is told each that is built
 */
async function components(
  root: string,
  apps: string[],
  tell: (under: string) => void,
  there: (app: string) => void,
): Promise<void> {
  const { buildComponents } = await import("golem-component"); // compiled by now
  const steps = new Map<string, string>();
  await buildComponents(
    apps.map((app) => ({ dir: join(root, "apps", app) })),
    {
      jobs,
      progress(app, step) {
        const isNew = !steps.has(app);
        steps.set(app, step);
        if (process.stdout.isTTY || isNew)
          tell(`; building ${[...steps].map(([name, current]) => `${name} (${current})`).join(", ")}`);
      },
      done({ name }) {
        steps.delete(name);
        there(name);
      },
    },
  );
}
