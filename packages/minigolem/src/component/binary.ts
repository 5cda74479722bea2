import { Reader } from "./reader.js";
import type { WitFunction, WitType } from "./types.js";

/**
 * The types in a component's binary, as far as its imports and exports need them. Encoding:
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
 */

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

interface NestedComponent {
  body: Reader;
  scope: Scope;
}

/** The index spaces of a component, or of a type that has its own. */
interface Scope {
  parent?: Scope;
  types: TypeDefinition[];
  funcs: Omit<WitFunction, "name">[];
  instances: Externs[];
  components: NestedComponent[];
}

export interface CoreMemory {
  /** In bytes. */
  initial: number;
  maximum: number | null;
}

export type Producers = [field: string, values: [name: string, version: string][]][];

/** What is found anywhere in the file, nested components included. */
export interface Census {
  memories: CoreMemory[];
  producers: Producers[];
}

export type WasmKind = "component" | "module";

const magic = [0x00, 0x61, 0x73, 0x6d];

/** @throws when it is no WebAssembly; the words are those of Golem 1.2 */
export function wasmKind(bytes: Uint8Array): WasmKind {
  const start = [...bytes.subarray(0, 4)];
  if (magic.some((byte, i) => start[i] !== byte)) {
    const list = (values: number[]) => `[\\n${values.map((byte) => `    0x${byte.toString(16)},\\n`).join("")}]`;
    const message = `magic header not detected: bad magic number - expected=${list(magic)} actual=${list(start)}`;
    throw new Error(
      `Error parsing core module: BinaryReaderError { inner: BinaryReaderErrorInner { message: "${message}", kind: Custom, offset: 0, needed_hint: None } }`,
    );
  }
  if (bytes.length < 8) throw new Error("the file ends within its header");
  const layer = (bytes[6] as number) | ((bytes[7] as number) << 8);
  return layer === 1 ? "component" : "module";
}

/** Imports and exports of a component, in the order of the file. */
export function readComponent(bytes: Uint8Array): { imports: Externs; exports: Externs; census: Census } {
  const census = takeCensus(new Reader(bytes, 8));
  return { ...evaluate({ body: new Reader(bytes, 8), scope: emptyScope() }), census };
}

const emptyScope = (parent?: Scope): Scope => ({ parent, types: [], funcs: [], instances: [], components: [] });

function evaluate({ body, scope: parent }: NestedComponent, given?: Externs): { imports: Externs; exports: Externs } {
  const scope = emptyScope(parent);
  const imports: Externs = new Map();
  const exports: Externs = new Map();
  const input = body.fork();
  while (!input.done) {
    const id = input.byte();
    const section = input.section(input.unsigned());
    switch (id) {
      case 4: {
        section.take(8);
        scope.components.push({ body: section, scope });
        break;
      }
      case 5:
        section.list(() => scope.instances.push(readInstance(section, scope)));
        break;
      case 6:
        section.list(() => readAlias(section, scope));
        break;
      case 7:
        section.list(() => scope.types.push(readType(section, scope)));
        break;
      case 8:
        section.list(() => readCanon(section, scope));
        break;
      case 10:
        section.list(() => {
          const name = readName(section);
          const described = readDescription(section, scope);
          const extern = given?.get(name) ?? described;
          define(scope, extern);
          imports.set(name, extern);
        });
        break;
      case 11:
        section.list(() => {
          const name = readName(section);
          const extern = lookUp(section, scope);
          section.optional(() => readDescription(section, scope));
          define(scope, extern);
          exports.set(name, extern);
        });
        break;
    }
  }
  return { imports, exports };
}

function define(scope: Scope, extern: Extern): void {
  if (extern.sort === "func") scope.funcs.push(extern.func);
  else if (extern.sort === "type") scope.types.push(extern.type);
  else if (extern.sort === "instance") scope.instances.push(extern.instance);
  else if (extern.sort === "component") scope.components.push(extern.component);
}

function readName(input: Reader): string {
  const form = input.byte();
  const name = input.text();
  if (form === 2) unsupported("a name with options", input);
  return name;
}

function get<T>(list: T[], index: number, what: string): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${what} ${index}`);
  return found;
}

/** Reads a sort and an index, and finds what they mean. */
function lookUp(input: Reader, scope: Scope): Extern {
  const sort = input.byte();
  if (sort === 0) input.byte();
  const index = input.unsigned();
  return find(sort, index, scope);
}

function find(sort: number, index: number, scope: Scope): Extern {
  if (sort === 1) return { sort: "func", func: get(scope.funcs, index, "function") };
  if (sort === 3) return { sort: "type", type: get(scope.types, index, "type") };
  if (sort === 4) return { sort: "component", component: get(scope.components, index, "component") };
  if (sort === 5) return { sort: "instance", instance: get(scope.instances, index, "instance") };
  return { sort: "other" };
}

function readInstance(input: Reader, scope: Scope): Externs {
  if (input.byte() === 0) {
    const component = get(scope.components, input.unsigned(), "component");
    const given = new Map(input.list(() => [input.text(), lookUp(input, scope)] as const));
    return evaluate(component, given).exports;
  }
  return new Map(input.list(() => [readName(input), lookUp(input, scope)] as const));
}

function readAlias(input: Reader, scope: Scope): void {
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

function readCanon(input: Reader, scope: Scope): void {
  const op = input.byte();
  if (op === 0) {
    input.byte();
    input.unsigned();
    readCanonOptions(input);
    const type = get(scope.types, input.unsigned(), "type");
    if (type.kind !== "func") throw new Error("a lifted function has no function type");
    scope.funcs.push(type.func);
  } else if (op === 1) {
    input.byte();
    input.unsigned();
    readCanonOptions(input);
  } else if (op >= 2 && op <= 4) input.unsigned();
  else unsupported(`the built-in function 0x${op.toString(16)}`, input);
}

function readCanonOptions(input: Reader): void {
  input.list(() => {
    const option = input.byte();
    if (option >= 3 && option <= 5) input.unsigned();
    else if (option > 5) unsupported("an asynchronous function", input);
  });
}

let resources = 0;

function readDescription(input: Reader, scope: Scope): Extern {
  const sort = input.byte();
  if (sort === 0) {
    input.byte();
    input.unsigned();
    return { sort: "other" };
  }
  if (sort === 3) {
    if (input.byte() === 1) return { sort: "type", type: { kind: "resource", id: ++resources } };
    return { sort: "type", type: get(scope.types, input.unsigned(), "type") };
  }
  if (sort === 2) unsupported("a value", input);
  const type = get(scope.types, input.unsigned(), "type");
  if (sort === 1 && type.kind === "func") return { sort: "func", func: type.func };
  if (sort === 5 && type.kind === "instance") return { sort: "instance", instance: type.instance };
  return { sort: "other" };
}

function readType(input: Reader, scope: Scope): TypeDefinition {
  const at = input.at;
  const code = input.byte();
  switch (code) {
    case 0x3f:
      input.byte();
      input.optional(() => input.unsigned());
      return { kind: "resource", id: ++resources };
    case 0x40: {
      const parameters = input.list(() => ({ name: input.text(), typ: readValueType(input, scope) }));
      const named = input.byte() === 1;
      const results = named
        ? input.list(() => ({ name: input.text(), typ: readValueType(input, scope) }))
        : [{ name: null, typ: readValueType(input, scope) }];
      return { kind: "func", func: { parameters, results } };
    }
    case 0x41:
      readDeclarations(input, scope);
      return { kind: "component" };
    case 0x42:
      return { kind: "instance", instance: readDeclarations(input, scope) };
    default:
      return readDefinedType(code, input, scope, at);
  }
}

function readDeclarations(input: Reader, parent: Scope): Externs {
  const scope = emptyScope(parent);
  const exports: Externs = new Map();
  input.list(() => {
    const declaration = input.byte();
    if (declaration === 1) scope.types.push(readType(input, scope));
    else if (declaration === 2) readAlias(input, scope);
    else if (declaration === 3 || declaration === 4) {
      const name = readName(input);
      const extern = readDescription(input, scope);
      define(scope, extern);
      if (declaration === 4) exports.set(name, extern);
    } else unsupported("a core type within a type", input);
  });
  return exports;
}

/** By the byte that stands for them, from 0x73 on. */
const primitiveCodes = [
  "Str",
  "Chr",
  "F64",
  "F32",
  "U64",
  "S64",
  "U32",
  "S32",
  "U16",
  "S16",
  "U8",
  "S8",
  "Bool",
] as const;

function readValueType(input: Reader, scope: Scope): WitType {
  const code = input.peek();
  const primitive = primitiveCodes[code - 0x73];
  if (code <= 0x7f && primitive) {
    input.byte();
    return { type: primitive };
  }
  if (code >= 0x40 && code <= 0x7f) unsupported(`the type 0x${code.toString(16)}`, input);
  const type = get(scope.types, input.unsigned(), "type");
  if (type.kind !== "value") throw new Error(`a ${type.kind} stands where a value's type should`);
  return type.typ;
}

function readDefinedType(code: number, input: Reader, scope: Scope, at: number): TypeDefinition {
  const value = () => readValueType(input, scope);
  const names = () => input.list(() => input.text());
  const of = (typ: WitType): TypeDefinition => ({ kind: "value", typ });
  const primitive = primitiveCodes[code - 0x73];
  if (primitive) return of({ type: primitive });
  switch (code) {
    case 0x72:
      return of({ type: "Record", fields: input.list(() => ({ name: input.text(), typ: value() })) });
    case 0x71: {
      const cases = input.list(() => {
        const item = { name: input.text(), typ: input.optional(value) };
        input.optional(() => input.unsigned());
        return item;
      });
      return of({ type: "Variant", cases });
    }
    case 0x70:
      return of({ type: "List", inner: value() });
    case 0x6f:
      return of({ type: "Tuple", items: input.list(value) });
    case 0x6e:
      return of({ type: "Flags", names: names() });
    case 0x6d:
      return of({ type: "Enum", cases: names() });
    case 0x6b:
      return of({ type: "Option", inner: value() });
    case 0x6a:
      return of({ type: "Result", ok: input.optional(value), err: input.optional(value) });
    case 0x69:
    case 0x68: {
      const type = get(scope.types, input.unsigned(), "type");
      if (type.kind !== "resource") throw new Error(`a handle to a ${type.kind}, not to a resource`);
      return of({ type: "Handle", resource_id: type.id, mode: code === 0x69 ? "Owned" : "Borrowed" });
    }
    default:
      throw new Error(
        `the type 0x${code.toString(16)} at offset ${at} is not supported: Golem 1.2 knows WASI 0.2's types only`,
      );
  }
}

function unsupported(what: string, input: Reader): never {
  throw new Error(`${what} at offset ${input.at} is not supported: Golem 1.2 runs components of WASI 0.2 only`);
}

/** A component's own first, then its modules', then its nested components'. */
function takeCensus(input: Reader): Census {
  const own: Producers[] = [];
  const modules: Census = { memories: [], producers: [] };
  const nested: Census[] = [];
  while (!input.done) {
    const id = input.byte();
    const section = input.section(input.unsigned());
    if (id === 0) own.push(...readProducers(section));
    else if (id === 1) {
      section.take(8);
      addModule(section, modules);
    } else if (id === 4) {
      section.take(8);
      nested.push(takeCensus(section));
    }
  }
  return {
    memories: [modules, ...nested].flatMap((part) => part.memories),
    producers: [...own, ...[modules, ...nested].flatMap((part) => part.producers)],
  };
}

function readProducers(section: Reader): Producers[] {
  if (section.text() !== "producers") return [];
  return [section.list(() => [section.text(), section.list(() => [section.text(), section.text()])])];
}

function addModule(input: Reader, census: Census): void {
  const page = 65536;
  while (!input.done) {
    const id = input.byte();
    const section = input.section(input.unsigned());
    if (id === 0) census.producers.push(...readProducers(section));
    else if (id === 5)
      section.list(() => {
        const bounded = (section.byte() & 1) === 1;
        const initial = section.unsigned() * page;
        census.memories.push({ initial, maximum: bounded ? section.unsigned() * page : null });
      });
  }
}
