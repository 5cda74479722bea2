/** `npm run demo`: plays the demos of all apps, or of those that are named, each as soon as its component is built. */
import { fileURLToPath } from "node:url";
import { demoApps } from "./demo/apps.js";
import { startBuild } from "./demo/build.js";
import { stopChildren } from "./demo/children.js";
import { type Played, play } from "./demo/play.js";
import { statusOn } from "./demo/status.js";
import { summary } from "./demo/summary.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const apps = demoApps(root);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !apps.includes(name));
if (unknown.length > 0) {
  console.error(`no app is called ${unknown.join(", ")}; there are ${apps.join(", ")}`);
  process.exit(1);
}

const status = statusOn(process.stdout);
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    interrupted = true;
    status.pause();
    void stopChildren().finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  });

try {
  const chosen = named.length > 0 ? named : apps;
  const build = startBuild(root, chosen, status.show);
  build.packages.catch(() => {}); // awaited below
  const played: Played[] = [];
  for (const app of chosen) {
    await Promise.all([build.packages, build.component(app)]);
    status.pause();
    played.push(await play(root, app));
    if (interrupted) await new Promise(() => {}); // the signal's handler ends this process
    status.resume();
  }
  status.pause();
  console.log(summary(played, process.env.INIT_CWD ?? process.cwd()));
  const failed = played.filter(({ status }) => status !== 0).map(({ app }) => app);
  if (failed.length > 0) throw new Error(`the demo of ${failed.join(", ")} failed: see its output above`);
} catch (error) {
  if (interrupted) await new Promise(() => {});
  status.pause();
  console.error(`\n${error instanceof Error ? error.message : error}`);
  await stopChildren();
  process.exit(1);
}
