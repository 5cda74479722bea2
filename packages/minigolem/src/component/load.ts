import { Buffer } from "node:buffer";
import type { FoundFunction } from "./analyse.js";
import { camelCase, pascalCase, resourceFunction } from "./js-name.js";
import { placing } from "./places.js";
import { compileBody, type Instantiate } from "./script.js";

export type GuestExports = Record<string, unknown>;

/** Host functions and classes by interface, without its version. */
export type HostImports = Record<string, Record<string, unknown>>;

/** A component that was transpiled, ready to be instantiated any number of times. */
export interface LoadedComponent {
  dir: string;
  /** Compiled core modules by file name, to be posted to other threads. */
  modules: Map<string, WebAssembly.Module>;
  /** Where in the component a function's instruction is, of which V8 gives the place in one of the core modules. */
  place(fn: number, offset: number): number;
  /** Runs no guest code besides what the component starts with; a component made from JavaScript makes no host call here. */
  instantiate(imports: HostImports): GuestExports;
  /** Bytes of linear memory that the last instance has, as far as its core modules export them. */
  memory(): number;
  /**
   * Calls an exported function with values from `toGuest`. What it returns is for `fromGuest`, also where its type is a
   * result: `{ tag: "ok", val }` or `{ tag: "err", val }`.
   * @throws what made the component trap: `WebAssembly.RuntimeError`, or the very object that a host function threw
   */
  call(exports: GuestExports, fn: FoundFunction, args: unknown[]): unknown;
}

// jco tries `WebAssembly.promising` for each export; where it is missing (Node < 24) each failure costs 9 ms, as V8 parses
// the whole script again to word the error. Nothing calls what it makes.
(WebAssembly as { promising?: unknown }).promising ??= (fn: unknown) => fn;

// jco drops a resource in the component when its JavaScript object is collected, which in a replay is at another time. Here a
// resource is dropped by the component or by a caller.
(globalThis as { FinalizationRegistry?: unknown }).FinalizationRegistry = class {
  register() {}
  unregister() {}
};

/**
 * Compiles the function that makes an instance.
 * @param script its body, in UTF-8
 * @throws SyntaxError
 */
export const compileScript = (script: Uint8Array): Instantiate =>
  compileBody(Buffer.from(script).toString(), "component.js");

/** @param modules compiled by another thread, to save the 50 ms */
export function loadComponent(
  dir: string,
  instantiate: Instantiate,
  modules: Map<string, WebAssembly.Module>,
): LoadedComponent {
  const module = (file: string) => {
    const known = modules.get(file);
    if (!known) throw new Error(`the component has no core module ${file}`);
    return known;
  };
  const memories = new Set<WebAssembly.Memory>();
  let place: ReturnType<typeof placing> | undefined; // most components never trap
  return {
    dir,
    modules,
    place(fn, offset) {
      place ??= placing(dir);
      return place(fn, offset);
    },
    instantiate(imports) {
      memories.clear();
      return instantiate(module, imports, instantiateCore(memories));
    },
    memory: () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    call,
  };
}

/** @param memories gets those that the instance exports */
const instantiateCore =
  (memories: Set<WebAssembly.Memory>) =>
  (module: WebAssembly.Module, imports: WebAssembly.Imports = {}) => {
    const instance = new WebAssembly.Instance(module, imports);
    for (const it of Object.values(instance.exports)) if (it instanceof WebAssembly.Memory) memories.add(it);
    return instance;
  };

function call(exports: GuestExports, fn: FoundFunction, args: unknown[]): unknown {
  const site = (
    fn.interface === undefined ? exports : (exports[fn.interface] ?? exports[camelCase(fn.interface)])
  ) as GuestExports;
  const invoke = () => callIn(site, fn.name, args);
  if (fn.result?.type !== "Result") return invoke();
  try {
    return { tag: "ok", val: invoke() };
  } catch (error) {
    // jco throws a returned err as it is; a value is never an Error, and a trap always is.
    if (error instanceof Error) throw error;
    return { tag: "err", val: error };
  }
}

type Callable = (...args: unknown[]) => unknown;

function callIn(site: GuestExports, name: string, args: unknown[]): unknown {
  const of = resourceFunction(name);
  if (!of) return (site[camelCase(name)] as Callable)(...args);
  const Resource = site[pascalCase(of.resource)] as (new (...args: unknown[]) => object) & Record<string, Callable>;
  if (of.kind === "constructor") return new Resource(...args);
  if (of.kind === "static") return (Resource[camelCase(of.method)] as Callable)(...args);
  const [self, ...rest] = args as [Record<string | symbol, Callable>, ...unknown[]];
  // A resource that the component dropped itself has no dispose of its own left.
  if (of.kind === "drop") return self[Symbol.dispose]?.();
  return (self[camelCase(of.method)] as Callable)(...rest);
}
