import type { ComponentExport, ExportedFunction, WitType, WitValue } from "golem-client";

const plain: Record<string, string> = {
  Bool: "bool",
  S8: "s8",
  U8: "u8",
  S16: "s16",
  U16: "u16",
  S32: "s32",
  U32: "u32",
  S64: "s64",
  U64: "u64",
  F32: "f32",
  F64: "f64",
  Chr: "char",
  Str: "string",
};

/** A type as WIT has it: `option<list<u8>>`, `record { id: string }`. */
export function typeText(typ: WitType): string {
  switch (typ.type) {
    case "List":
      return `list<${typeText(typ.inner)}>`;
    case "Option":
      return `option<${typeText(typ.inner)}>`;
    case "Tuple":
      return `tuple<${typ.items.map(typeText).join(", ")}>`;
    case "Record":
      return `record { ${typ.fields.map((field) => `${field.name}: ${typeText(field.typ)}`).join(", ")} }`;
    case "Variant":
      return `variant { ${typ.cases.map((one) => (one.typ ? `${one.name}(${typeText(one.typ)})` : one.name)).join(", ")} }`;
    case "Enum":
      return `enum { ${typ.cases.join(", ")} }`;
    case "Flags":
      return `flags { ${typ.names.join(", ")} }`;
    case "Result":
      return `result<${[typ.ok ? typeText(typ.ok) : "_", ...(typ.err ? [typeText(typ.err)] : [])].join(", ")}>`;
    case "Handle":
      return `${typ.mode === "Owned" ? "own" : "borrow"}<resource ${typ.resource_id}>`;
    default:
      return plain[typ.type] ?? typ.type;
  }
}

/** `fetch-order: func(id: string) -> string`. */
export function functionText({ name, parameters, results }: ExportedFunction): string {
  const takes = parameters.map((parameter) => `${parameter.name}: ${typeText(parameter.typ)}`).join(", ");
  const gives = results.map(({ typ }) => typeText(typ)).join(", ");
  return `${name}: func(${takes})${gives ? ` -> ${gives}` : ""}`;
}

/** A component's functions, each by the name that REST takes. */
export function functionsOf(exports: readonly ComponentExport[]): { full: string; fn: ExportedFunction }[] {
  return exports.flatMap((item) =>
    item.type === "Function"
      ? [{ full: item.name, fn: item }]
      : item.functions.map((fn) => ({ full: `${item.name}.{${fn.name}}`, fn })),
  );
}

/** What a form starts with. */
export function initial(typ: WitType): WitValue {
  switch (typ.type) {
    case "Bool":
      return false;
    case "Str":
    case "Handle":
      return "";
    case "Chr":
      return 97;
    case "List":
    case "Flags":
      return [];
    case "Option":
      return null;
    case "Tuple":
      return typ.items.map(initial);
    case "Record":
      return Object.fromEntries(typ.fields.map((field) => [field.name, initial(field.typ)]));
    case "Enum":
      return typ.cases[0] ?? "";
    case "Variant": {
      const [first] = typ.cases;
      return first ? { [first.name]: first.typ ? initial(first.typ) : null } : null;
    }
    case "Result":
      return { ok: typ.ok ? initial(typ.ok) : null };
    default:
      return 0;
  }
}
