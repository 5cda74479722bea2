import { readFileSync, writeFileSync } from "node:fs";
import { WASI } from "node:wasi";
import { instrumented, stateOf, withState } from "./state.js";

/** How componentize-js calls wizer: the part of its command line that differs from call to call. */
export interface Call {
  /** The engine's module, with the component's imports and exports spliced in. */
  input: string;
  output: string;
  /** Folders that the engine reads the bundle from: what it calls them, and what they are. */
  folders: Record<string, string>;
  /** Its name. It loads the bundle and runs its top level. */
  initialize: string;
  env: Record<string, string>;
}

/** Reads wizer's arguments. */
export function callOf(args: readonly string[], env: Record<string, string>): Call {
  const values = (name: string) =>
    args.flatMap((arg) => (arg.startsWith(`${name}=`) ? [arg.slice(name.length + 1)] : []));
  const mapped = values("--mapdir").map((pair) => pair.split("::") as [string, string]);
  return {
    input: args.at(-1) as string,
    output: values("-o")[0] as string,
    folders: Object.fromEntries([...values("--dir").map((folder) => [folder, folder]), ...mapped]),
    initialize: args[args.indexOf("--init-func") + 1] as string,
    env,
  };
}

/** Runs the engine's initialization in Node, and writes the module that starts where it ended. */
export function snapshot({ input, output, folders, initialize, env }: Call): void {
  const bytes = readFileSync(input);
  const module = new WebAssembly.Module(instrumented(bytes));
  // The arguments come on stdin. An exit ends this process with its code.
  const wasi = new WASI({ version: "preview1", env, preopens: folders, returnOnExit: false });
  const instance = new WebAssembly.Instance(module, {
    ...hostless(module),
    wasi_snapshot_preview1: wasi.wasiImport as WebAssembly.ModuleImports,
  });
  wasi.initialize(instance);
  (instance.exports[initialize] as () => void)();
  writeFileSync(output, withState(bytes, stateOf(instance), [initialize, "_initialize"]));
}

/** There is no host at build time: a call ends the build, and says which call. */
function hostless(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`unknown imported function: '${from}' '${name}'`);
    };
  }
  return imports;
}
