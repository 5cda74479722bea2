import { checkLabel, checkName } from "./names.js";
import type { Reader } from "./reader.js";
import type { WitFunction, WitType } from "./types.js";

/** What can be imported, exported or aliased. */
export type Extern =
  | { sort: "func"; func: Omit<WitFunction, "name"> }
  | { sort: "type"; type: TypeDefinition }
  | { sort: "instance"; instance: Externs }
  | { sort: "component"; component: NestedComponent }
  | { sort: "other" };

export type Externs = Map<string, Extern>;

export type TypeDefinition =
  | { kind: "value"; typ: WitType }
  | { kind: "func"; func: Omit<WitFunction, "name"> }
  | { kind: "resource"; id: number }
  | { kind: "instance"; instance: Externs }
  | { kind: "component" };

export interface NestedComponent {
  body: Reader;
  scope: Scope;
}

/** The index spaces of a component, or of a type that has its own. */
export interface Scope {
  parent?: Scope;
  types: TypeDefinition[];
  funcs: Omit<WitFunction, "name">[];
  instances: Externs[];
  components: NestedComponent[];
}

export const emptyScope = (parent?: Scope): Scope => ({ parent, types: [], funcs: [], instances: [], components: [] });

export function define(scope: Scope, extern: Extern): void {
  if (extern.sort === "func") scope.funcs.push(extern.func);
  else if (extern.sort === "type") scope.types.push(extern.type);
  else if (extern.sort === "instance") scope.instances.push(extern.instance);
  else if (extern.sort === "component") scope.components.push(extern.component);
}

/** Reads the name of an import or export. @throws when it is not of the component model's grammar */
export function readName(input: Reader): string {
  const form = input.byte();
  const name = input.text();
  if (form === 2) unsupported("a name with options", input);
  checkName(name);
  return name;
}

/** Reads the name of a parameter, a field, a case or a flag. @throws when it is none that WIT allows */
export function readLabel(input: Reader): string {
  const name = input.text();
  checkLabel(name);
  return name;
}

export function get<T>(list: T[], index: number, what: string): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${what} ${index}`);
  return found;
}

/** Reads a sort and an index, and finds what they mean. */
export function lookUp(input: Reader, scope: Scope): Extern {
  const sort = input.byte();
  if (sort === 0) input.byte();
  const index = input.unsigned();
  return find(sort, index, scope);
}

export function find(sort: number, index: number, scope: Scope): Extern {
  if (sort === 1) return { sort: "func", func: get(scope.funcs, index, "function") };
  if (sort === 3) return { sort: "type", type: get(scope.types, index, "type") };
  if (sort === 4) return { sort: "component", component: get(scope.components, index, "component") };
  if (sort === 5) return { sort: "instance", instance: get(scope.instances, index, "instance") };
  return { sort: "other" };
}

export function readAlias(input: Reader, scope: Scope): void {
  const sort = input.byte();
  if (sort === 0) input.byte();
  const target = input.byte();
  if (target === 0) {
    const instance = get(scope.instances, input.unsigned(), "instance");
    const name = input.text();
    const extern = instance.get(name);
    if (!extern) throw new Error(`an instance has no export ${name}`);
    define(scope, extern);
  } else if (target === 1) {
    input.unsigned();
    input.text();
  } else {
    const count = input.unsigned();
    let outer: Scope | undefined = scope;
    for (let i = 0; i < count; i++) outer = outer?.parent;
    const index = input.unsigned();
    if (!outer) throw new Error("an alias points outside of the file");
    define(scope, find(sort, index, outer));
  }
}

let resources = 0;

export function readDescription(input: Reader, scope: Scope): Extern {
  const sort = input.byte();
  if (sort === 0) {
    input.byte();
    input.unsigned();
    return { sort: "other" };
  }
  if (sort === 3) {
    if (input.byte() === 1) return { sort: "type", type: { kind: "resource", id: newResource() } };
    return { sort: "type", type: get(scope.types, input.unsigned(), "type") };
  }
  if (sort === 2) unsupported("a value", input);
  const type = get(scope.types, input.unsigned(), "type");
  if (sort === 1 && type.kind === "func") return { sort: "func", func: type.func };
  if (sort === 5 && type.kind === "instance") return { sort: "instance", instance: type.instance };
  return { sort: "other" };
}

/** Makes a number that belongs to one resource only. */
export const newResource = (): number => ++resources;

export function unsupported(what: string, input: Reader): never {
  throw new Error(`${what} at offset ${input.at} is not supported: Golem 1.2 runs components of WASI 0.2 only`);
}
