#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { consolePages } from "./console-pages.js";
import { policyFromEnvironment } from "./environment.js";
import { cleanStore, type EngineEvent, startMinigolem } from "./index.js";
import { defaultLimits } from "./limits.js";
import { LinePrinter } from "./line-printer.js";
import { logLostError } from "./lost-errors.js";
import { isLoopback } from "./rest/server.js";
import { logLine } from "./serve-log.js";

interface ServeOptions {
  routerAddr: string;
  routerPort: number;
  dataDir: string;
  clean?: true;
  time: "real" | "virtual";
  remoteWrites?: true;
  faults?: true;
  maxMemory: number;
  maxOplog: number;
  quiet?: true;
  verbose?: true;
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const dataHome = process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share");

const program = new Command("minigolem")
  .description("A Golem for one machine, tests and learning")
  .version(version)
  .showHelpAfterError("(minigolem --help says more)");

program
  .command("serve")
  .description("serve Golem 1.2's REST API, with the flags of `golem server run`")
  .option("--router-addr <address>", "address to listen on", "127.0.0.1")
  .option("--router-port <port>", "port to listen on; 0 is one that is free", portNumber, 9881)
  .option("--data-dir <folder>", "for everything that is to outlive the process", join(dataHome, "minigolem"))
  .option("--clean", "forget what an earlier run left in the data folder")
  .addOption(
    new Option("--time <kind>", "virtual: when nothing can happen but a timer, the clock jumps")
      .choices(["real", "virtual"])
      .default("real"),
  )
  .option("--remote-writes", "let other machines call and change workers; without it they may only read")
  .option("--faults", "have the faults of Golem 1.2.0, too, such as retries that are lost when the server is killed")
  .addOption(
    new Option("--max-memory <MiB>", "memory that a worker may have")
      .argParser(mebibytes)
      .default(defaultLimits.memory, "512"),
  )
  .addOption(
    new Option("--max-oplog <MiB>", "size that a worker's oplog may have")
      .argParser(mebibytes)
      .default(defaultLimits.oplog, "256"),
  )
  .addOption(new Option("--quiet", "print nothing about what happens").conflicts("verbose"))
  .option("--verbose", "also print what is answered, and all lines of what components print")
  .showHelpAfterError("(minigolem serve --help lists the options)")
  .action(serve);

program.parseAsync().catch((error: Error) => {
  console.error(`minigolem: ${error.message}`);
  process.exit(1);
});

process.on("unhandledRejection", logLostError);

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("Expected a whole number from 0 to 65535.");
}

/** @returns bytes */
function mebibytes(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 4096) return count * 2 ** 20;
  throw new InvalidArgumentError("Expected a whole number of MiB from 1 to 4096.");
}

async function serve(options: ServeOptions): Promise<void> {
  const {
    routerAddr: host,
    routerPort: port,
    dataDir,
    clean,
    quiet,
    verbose = false,
    maxMemory,
    maxOplog,
    ...how
  } = options;
  const limits = { memory: maxMemory, oplog: maxOplog };
  const folder = resolve(dataDir);
  const defaultPolicy = policyFromEnvironment();
  if (clean) cleanStore(folder);
  const pages = consolePages();
  if (!isLoopback(host))
    console.error(
      `minigolem: everybody who reaches ${host} can read environments and payloads${how.remoteWrites ? ", upload code and run it" : ""}: there is no authentication. Listen on 127.0.0.1 unless you mean it.`,
    );
  const printer = new LinePrinter();
  const onEvent = (event: EngineEvent, where: string) => {
    const line = quiet ? undefined : logLine(event, where, verbose);
    if (line !== undefined) printer.print(line);
  };
  const onHazard = () => {}; // it is an event, too
  const golem = await startMinigolem({
    ...how,
    limits,
    host,
    port,
    pages,
    dataDir: folder,
    defaultPolicy,
    onEvent,
    onHazard,
  });
  const browser = pages === undefined ? "" : ", and a console for a browser,";
  printer.print(`minigolem ${version} serves Golem 1.2's REST API${browser} at ${golem.url}, data in ${folder}`);
  printer.print(
    "It is no Golem server: one process, no authentication, no API gateway. Ctrl-C stops it; workers go on at the next start.",
  );
  printer.flush();
  stopOn("SIGINT", 130);
  stopOn("SIGTERM", 0);

  function stopOn(signal: NodeJS.Signals, code: number): void {
    // Once: a second signal ends the process at once.
    process.once(signal, () => {
      golem.close().then(
        () => process.exit(code),
        (error: Error) => {
          console.error(`minigolem: ${error.message}`);
          process.exit(1);
        },
      );
    });
  }
}
