#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { GolemClient, GolemError } from "golem-client";
import { serveConsole } from "./index.js";
import { type ListOptions, list } from "./terminal/list.js";
import { type ShowOptions, show } from "./terminal/show.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const golem = () =>
  new Option("--golem <url>", "the Golem server, or minigolem").env("GOLEM_URL").default("http://127.0.0.1:9881");
const statuses = ["Running", "Idle", "Suspended", "Interrupted", "Retrying", "Failed", "Exited"];

const program = new Command("golem-console")
  .description("Looks at any worker of a Golem 1.2 server: what it tried, when, under which retry policy")
  .version(version)
  .showHelpAfterError("(golem-console --help says more)");

program
  .command("serve", { isDefault: true })
  .description("serve the console for a browser")
  .addOption(golem())
  .option("--host <address>", "address to listen on", "127.0.0.1")
  .option("--port <port>", "port to listen on; 0 is one that is free", wholeNumber, 9880)
  .action(serve);

program
  .command("show")
  .description("show a worker's timeline")
  .argument("<component/worker>", "for example http-caller/alice")
  .addOption(golem())
  .option("--html <file>", "write it as a page")
  .option("--svg <file>", "write it as a picture")
  .option("--json", "print it as JSON")
  .addOption(new Option("--follow", "redraw while the worker lives; Ctrl-C ends it").conflicts(["html", "svg", "json"]))
  .action((name: string, options: ShowOptions & { golem: string }) => show(client(options.golem), name, options));

program
  .command("list")
  .description("list workers: status, retries so far, next retry, policy in force")
  .argument("[component]", "only this component's")
  .addOption(golem())
  .addOption(new Option("--status <status>", "only those with this status").choices(statuses))
  .option("--name <text>", "only those whose name has this text in it")
  .option("--limit <number>", "how many at most", wholeNumber, 50)
  .option("--json", "print them as JSON")
  .action((component: string | undefined, options: ListOptions & { golem: string }) =>
    list(client(options.golem), component, options),
  );

program.parseAsync().catch((error: Error) => {
  const said = error instanceof GolemError && error.type === "Unreachable" ? error.details : error.message;
  console.error(`golem-console: ${said}`);
  process.exitCode = 1;
});

function client(url: string): GolemClient {
  return new GolemClient({ url });
}

function wholeNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 0 to 65535.");
}

async function serve(options: { golem: string; host: string; port: number }): Promise<void> {
  const { url: target } = client(options.golem); // a URL that is none is refused here
  const { url, close } = await serveConsole({ ...options, golem: target });
  console.log(`golem-console ${version} shows ${target} at ${url}`);
  if (options.host !== "127.0.0.1" && options.host !== "localhost" && options.host !== "::1")
    console.error(
      `Everybody who reaches ${options.host} can call, revert and delete the workers. Listen on 127.0.0.1 unless you mean it.`,
    );
  console.log("Open that address in a browser. Ctrl-C stops it; the workers go on.");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => close().then(() => process.exit(0)));
}
