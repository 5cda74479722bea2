import { readComponent, wasmKind } from "./binary.js";
import { budget, sizeOf } from "./budget.js";
import type { CoreMemory } from "./census.js";
import { type FunctionName, functionNames } from "./function-name.js";
import type { Extern, Externs } from "./scope.js";
import type { Parameter, WitFunction, WitType } from "./types.js";

/** An exported interface, or a function that the component exports by itself: the JSON of Golem's component metadata. */
export type ComponentExport =
  | { type: "Instance"; name: string; functions: WitFunction[] }
  | ({ type: "Function" } & WitFunction);

export type ComponentExports = ComponentExport[];

export interface ComponentImport {
  /** `wasi:io/poll@0.2.12`. */
  name: string;
  /** `poll`, `[method]pollable.block`; none, if it is only there for its types. */
  functions: string[];
}

/** `metadata` of a component in Golem's REST API. */
export interface ComponentMetadata {
  exports: ComponentExports;
  memories: CoreMemory[];
  producers: { fields: { name: string; values: { name: string; version: string }[] }[] }[];
  dynamicLinking: Record<string, never>;
}

export interface Analysis {
  metadata: ComponentMetadata;
  imports: ComponentImport[];
  /** A core module exports nothing that can be invoked; Golem 1.2 accepts it all the same (recording `bad-upload`). */
  kind: "component" | "module";
}

/**
 * What a component offers and needs.
 * @throws Error in Golem 1.2's words, if it is no WebAssembly or none that it could run
 */
export function analyse(wasm: Uint8Array): Analysis {
  const kind = attempt("Parsing", () => wasmKind(wasm));
  if (kind === "module") {
    return { kind, metadata: { exports: [], memories: [], producers: [], dynamicLinking: {} }, imports: [] };
  }
  const { imports, exports, census } = attempt("Analysis", () => readComponent(wasm));
  return {
    kind,
    metadata: {
      exports: listExports(exports),
      memories: census.memories,
      producers: census.producers.map((fields) => ({
        fields: fields.map(([name, values]) => ({
          name,
          values: values.map(([name, version]) => ({ name, version })),
        })),
      })),
      dynamicLinking: {},
    },
    imports: [...imports].flatMap(([name, extern]) => describeImport(name, extern)),
  };
}

function attempt<T>(phase: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${phase} error: ${(error as Error).message}`);
  }
}

/** Of all exported functions' types, written out. */
const mostParts = 100_000;

function listExports(exports: Externs): ComponentExports {
  const number = resourceNumbers();
  const text = budget(mostParts, "the exports' types have too many parts");
  const measured = (func: Omit<WitFunction, "name">) => {
    text.spend([...func.parameters, ...func.results].reduce((sum, { typ }) => sum + sizeOf(typ), 1));
    return func;
  };
  const functions = (externs: Iterable<[string, Extern]>): WitFunction[] =>
    [...externs].flatMap(([name, extern]) =>
      extern.sort === "func" ? [numbered(name, measured(extern.func), number)] : [],
    );
  const drops = (all: WitFunction[]) => all.filter(({ name }) => name.startsWith("[constructor]")).map(dropOf);
  const listed = [...exports].flatMap(([name, extern]): ComponentExport[] => {
    if (extern.sort === "func") return functions([[name, extern]]).map((fn) => ({ type: "Function", ...fn }));
    if (extern.sort !== "instance") return [];
    const own = functions(extern.instance);
    return [{ type: "Instance", name, functions: [...own, ...drops(own)] }];
  });
  const alone = drops(listed.flatMap((item) => (item.type === "Function" ? [item] : [])));
  return [...listed, ...alone.map((fn): ComponentExport => ({ type: "Function", ...fn }))];
}

/** Golem adds a function by which to drop a resource that has a constructor. */
const dropOf = (made: WitFunction): WitFunction => ({
  name: made.name.replace("[constructor]", "[drop]"),
  parameters: made.results.map(({ typ }) => ({ name: "self", typ })),
  results: [],
});

/** Resources are numbered from 0 in the order in which the exports mention them. */
function resourceNumbers(): (id: number) => number {
  const numbers = new Map<number, number>();
  return (id) => {
    const known = numbers.get(id) ?? numbers.size;
    numbers.set(id, known);
    return known;
  };
}

function numbered(name: string, func: Omit<WitFunction, "name">, number: (id: number) => number): WitFunction {
  const type = (typ: WitType): WitType => {
    switch (typ.type) {
      case "Handle":
        return { ...typ, resource_id: number(typ.resource_id) };
      case "List":
      case "Option":
        return { ...typ, inner: type(typ.inner) };
      case "Tuple":
        return { ...typ, items: typ.items.map(type) };
      case "Record":
        return { ...typ, fields: typ.fields.map((field) => ({ ...field, typ: type(field.typ) })) };
      case "Variant":
        return { ...typ, cases: typ.cases.map((item) => ({ ...item, typ: item.typ && type(item.typ) })) };
      case "Result":
        return { ...typ, ok: typ.ok && type(typ.ok), err: typ.err && type(typ.err) };
      default:
        return typ;
    }
  };
  return {
    name,
    parameters: func.parameters.map((parameter) => ({ ...parameter, typ: type(parameter.typ) })),
    results: func.results.map((result) => ({ ...result, typ: type(result.typ) })),
  };
}

function describeImport(name: string, extern: Extern): ComponentImport[] {
  if (extern.sort === "func") return [{ name, functions: [name] }];
  if (extern.sort !== "instance") return [];
  return [{ name, functions: [...extern.instance].flatMap(([member, { sort }]) => (sort === "func" ? [member] : [])) }];
}

/** A function as a guest thread calls it. */
export interface FoundFunction {
  /** `undefined`: the component exports the function by itself. */
  interface?: string;
  /** WIT name, `[method]cart.add` for one of a resource. */
  name: string;
  parameters: Parameter[];
  result: WitType | null;
}

/**
 * Finds an exported function by any of the names that Golem's REST API takes:
 * `demo:app-exports/api.{run}`, with version, with the whole signature behind it, `run` for one that is in no interface.
 */
export function findFunction(exports: ComponentExports, name: string | FunctionName): FoundFunction | undefined {
  const { interface: site, candidates } = typeof name === "string" ? functionNames(name) : name;
  for (const candidate of candidates) {
    for (const item of exports) {
      const functions =
        item.type === "Function" ? (site === undefined ? [item] : []) : item.name === site ? item.functions : [];
      const found = functions.find((fn) => fn.name === candidate);
      if (found)
        return {
          interface: site,
          name: found.name,
          parameters: found.parameters,
          result: found.results[0]?.typ ?? null,
        };
    }
  }
  return undefined;
}
