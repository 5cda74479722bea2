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
 * Starts to build what the demos need: first what builds components, then the components and the other packages at the same time.
 * @param say is told what is going on
 */
export function startBuild(root: string, apps: string[], say: (text: string) => void): Build {
  const builder = packages(root, say, "golem-component", "golem-retry");
  const built = new EventEmitter<Record<string, []>>().setMaxListeners(0);
  const there = new Set<string>();
  const all = builder.then(() =>
    buildAll(root, apps, say, (app) => {
      there.add(app);
      built.emit(app);
    }),
  );
  all.catch(() => {}); // whoever waits for a component is told
  return {
    packages: builder.then(() => packages(root, say, "golem-testkit")),
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

async function buildAll(
  root: string,
  apps: string[],
  say: (text: string) => void,
  there: (app: string) => void,
): Promise<void> {
  const { buildComponents } = await import("golem-component"); // compiled by now
  const steps = new Map<string, string>();
  let count = 0;
  const tell = () => {
    const under = [...steps].map(([app, step]) => `${app} (${step})`).join(", ");
    say(`components: ${count} of ${apps.length} are built${under && `; building ${under}`}`);
  };
  await buildComponents(
    apps.map((app) => ({ dir: join(root, "apps", app) })),
    {
      jobs,
      progress(app, step) {
        const isNew = !steps.has(app);
        steps.set(app, step);
        if (process.stdout.isTTY || isNew) tell();
      },
      done({ name }) {
        steps.delete(name);
        count++;
        there(name);
      },
    },
  );
}
