import type { GuestContext, Imports } from "../context.js";
import { Exit, HostTrap } from "../signals.js";
import type { Io } from "./io.js";

/** wasi:cli. There is no terminal, and whoever reads standard input traps, as on Golem 1.2 (`durable_host/io/mod.rs`). */
export function cli({ journal, worker, stderr }: GuestContext, { InputStream, OutputStream }: Io): Imports {
  /** Golem tells each worker who it is. */
  const own = {
    GOLEM_WORKER_NAME: worker.workerName,
    GOLEM_COMPONENT_ID: worker.componentId,
    GOLEM_COMPONENT_VERSION: String(worker.componentVersion),
  };
  const read = <T>(name: string, make: () => T) =>
    journal.durable(`golem_environment::${name}`, "ReadLocal", null, make);

  class TerminalInput {
    [Symbol.dispose](): void {}
  }
  class TerminalOutput {
    [Symbol.dispose](): void {}
  }
  class Stdin extends InputStream {
    override read(): never {
      throw new HostTrap("standard input is disabled");
    }
  }
  const output = (level: "Stdout" | "Stderr") => () => {
    const decoder = new TextDecoder();
    return new OutputStream({
      write(bytes) {
        const text = decoder.decode(bytes, { stream: true });
        if (level === "Stderr") stderr(text);
        journal.log(level, "", text);
      },
    });
  };

  return {
    "wasi:cli/environment": {
      getEnvironment: () => read("get_environment", () => Object.entries({ ...worker.env, ...own })),
      getArguments: () => read("get_arguments", () => [...worker.args]),
      initialCwd: () => read("initial_cwd", () => null) ?? undefined,
    },
    "wasi:cli/exit": {
      exit(status: { tag: "ok" | "err" }): never {
        throw new Exit(status.tag === "ok");
      },
      exitWithCode(code: number): never {
        throw new Exit(code === 0);
      },
    },
    "wasi:cli/stdin": { getStdin: () => new Stdin() },
    "wasi:cli/stdout": { getStdout: output("Stdout") },
    "wasi:cli/stderr": { getStderr: output("Stderr") },
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": { getTerminalStdin: () => undefined },
    "wasi:cli/terminal-stdout": { getTerminalStdout: () => undefined },
    "wasi:cli/terminal-stderr": { getTerminalStderr: () => undefined },
  };
}
