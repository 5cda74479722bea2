/** What cannot be run within a test as it stands, and what is run instead. The list is to stay short. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startMinigolem } from "minigolem";
import { demoApps } from "../demo/apps.js";
import { withOrders } from "./orders.js";
import { root } from "./pages.js";
import { run, serve } from "./run.js";

export interface StandIn {
  /** The command that cannot be run as it stands. */
  instead: RegExp;
  why: string;
  /** @returns what it prints */
  run(command: RegExpExecArray, other: (command: string) => Promise<string>): Promise<string>;
}

export const standIns: readonly StandIn[] = [
  {
    instead: /^npm ci && npm run demo$/,
    why: "npm ci would take away what is running. The demos are those of the apps, in the same order",
    async run(_, other) {
      const printed = [];
      for (const app of demoApps(root)) printed.push(await other(`npm run demo -w ${app}`));
      return printed.join("\n");
    },
  },
  {
    instead: /^npm ci && npm test$|^npm test -w (.+)$/,
    why: "this is a part of the first, which .ci/run says as it stands; the second is another part of it",
    async run([command, app]) {
      if (app === undefined) mention(".ci/run", command);
      else mention(`${app === "python" ? app : `apps/${app}`}/package.json`, '"test": "vitest run ');
      return "";
    },
  },
  {
    instead: /^npm run demo -w (.+)$/,
    why: "real time takes a minute in all, and a busy machine makes waits longer: in virtual time, on a minigolem that GOLEM_URL names. Nothing is built: turbo has done so",
    async run([command]) {
      await using golem = await startMinigolem({ time: "virtual", onHazard: () => {} });
      const printed = await run(`${command} --silent --ignore-scripts`, { env: { GOLEM_URL: golem.url } });
      const [lint, rest] = printed.split(/^on the Golem server at .*\n/m) as [string, string];
      return lint + rest;
    },
  },
  {
    instead: /^npx minigolem serve\b.*$/,
    why: "it runs until it is stopped: on a port that is free, with a home of its own, asked once, then stopped",
    run([command]) {
      const [program, ...args] = command.split(" ").slice(1) as [string, ...string[]];
      return serve(program, ...args, "--router-port", "0");
    },
  },
  {
    instead: /^npx (golem-console)( .*)?$/,
    why: "it looks at a server: a minigolem with the worker orders/alice. Without a command it runs until it is stopped: on a port that is free",
    run([, program, args]) {
      return withOrders((url) =>
        args === undefined
          ? serve(program as string, "--port", "0", "--golem", url)
          : run(`${program}${args}`, { env: { GOLEM_URL: url } }),
      );
    },
  },
];

function mention(file: string, text: string): void {
  if (!readFileSync(join(root, file), "utf8").includes(text)) throw new Error(`${file} does not say ${text}`);
}
