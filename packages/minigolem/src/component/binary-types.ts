import { checkedSize } from "./budget.js";
import type { Reader } from "./reader.js";
import {
  define,
  type Externs,
  emptyScope,
  get,
  newResource,
  readAlias,
  readDescription,
  readLabel,
  readName,
  type Scope,
  type TypeDefinition,
  unsupported,
} from "./scope.js";
import type { WitType } from "./types.js";

/** Reads an entry of a type section. */
export function readType(input: Reader, scope: Scope): TypeDefinition {
  const at = input.at;
  const code = input.byte();
  switch (code) {
    case 0x3f:
      input.byte();
      input.optional(() => input.unsigned());
      return { kind: "resource", id: newResource() };
    case 0x40: {
      const parameters = input.list(() => ({ name: readLabel(input), typ: readValueType(input, scope) }));
      const named = input.byte() === 1;
      const results = named
        ? input.list(() => ({ name: readLabel(input), typ: readValueType(input, scope) }))
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
  const names = () => input.list(() => readLabel(input));
  const of = (typ: WitType): TypeDefinition => ({ kind: "value", typ: checkedSize(typ) });
  const primitive = primitiveCodes[code - 0x73];
  if (primitive) return of({ type: primitive });
  switch (code) {
    case 0x72:
      return of({ type: "Record", fields: input.list(() => ({ name: readLabel(input), typ: value() })) });
    case 0x71: {
      const cases = input.list(() => {
        const item = { name: readLabel(input), typ: input.optional(value) };
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
