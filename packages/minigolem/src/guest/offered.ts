import type { ComponentImport } from "../component/analyse.js";
import { camelCase, pascalCase, resourceFunction } from "../component/js-name.js";
import { golemDefaultPolicy } from "../retry.js";
import type { GuestContext } from "./context.js";
import { golemImports } from "./golem-api.js";
import { wasiImports } from "./wasi/index.js";

/** Versions of each package that link, as on Golem 1.2.0: of the same major one, older or newer. */
const versions: Record<string, RegExp> = {
  "golem:api": /^1\.[01]\./,
  "golem:rpc": /^0\.2\./,
  "wasi:keyvalue": /^0\.1\.0$/,
  "wasi:logging": /^$/,
  "wasi:cli": /^0\.2\./,
  "wasi:clocks": /^0\.2\./,
  "wasi:filesystem": /^0\.2\./,
  "wasi:http": /^0\.2\./,
  "wasi:io": /^0\.2\./,
  "wasi:random": /^0\.2\./,
  "wasi:sockets": /^0\.2\./,
};

/** The host functions of an instance that will never run: to see which there are, and to try out instantiation. */
export function offered(): Record<string, Record<string, unknown>> {
  const nobody = {
    channel: { on() {} },
    worker: { componentId: "00000000-0000-0000-0000-000000000000", workerName: "", args: [], env: {} },
  } as unknown as GuestContext;
  return {
    ...wasiImports(nobody),
    ...golemImports(nobody, { invocation: { key: undefined }, defaultPolicy: golemDefaultPolicy }),
  };
}

/**
 * Imports that minigolem cannot meet: `wasi:sockets/tcp@0.2.3 (all of it)`, `golem:api/host@1.1.7.{fork}`.
 * Types alone need nobody to meet them.
 */
export function unmetImports(imports: readonly ComponentImport[]): string[] {
  const known = offered();
  return imports.flatMap(({ name, functions }) => {
    if (functions.length === 0) return [];
    const [, site = name, version = ""] = /^([^@]+)@?(.*)$/.exec(name) ?? [];
    const members = known[site];
    const suits = versions[site.split("/")[0] as string]?.test(version) ?? false;
    if (!members || !suits) return [`${name} (all of it)`];
    const missing = functions.filter((fn) => !has(members, fn));
    return missing.length > 0 ? [`${name}.{${missing.join(", ")}}`] : [];
  });
}

function has(members: Record<string, unknown>, name: string): boolean {
  const of = resourceFunction(name);
  if (!of) return typeof members[camelCase(name)] === "function";
  const Resource = members[pascalCase(of.resource)] as
    | { prototype: Record<string, unknown>; [name: string]: unknown }
    | undefined;
  if (!Resource) return false;
  if (of.kind === "constructor" || of.kind === "drop") return true;
  return typeof (of.kind === "static" ? Resource : Resource.prototype)[camelCase(of.method)] === "function";
}
