import { readFile } from "node:fs/promises";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco";
import type { WitType } from "../../src/component/types.js";

/** A component with a function for each type, `echo-0` and so on, that gives back the list of it that it is called with. */
export async function buildEcho(types: readonly WitType[]): Promise<Uint8Array<ArrayBuffer>> {
  const definitions: string[] = [];
  const functions = types.map((typ, i) => {
    const text = witOf(typ, definitions);
    return `echo-${i}: func(all: list<${text}>) -> list<${text}>;`;
  });
  const exports = types.map((_, i) => `(export "test:echo/api#echo-${i}" (func $pair))`);
  const text = await readFile(new URL("echo.wat", import.meta.url), "utf8");
  const binary = await parse(text.replace("EXPORTS", exports.join("\n")));
  const witSource = `package test:echo; interface api { ${definitions.join("\n")}\n${functions.join("\n")} } world echo { export api; }`;
  return new Uint8Array(await componentNew(await componentEmbed({ binary, witSource, world: "test:echo/echo" })));
}

/** The type's text; what has a name in WIT is added to the definitions. */
function witOf(typ: WitType, definitions: string[]): string {
  const of = (inner: WitType) => witOf(inner, definitions);
  const named = (define: (name: string) => string) => {
    const name = `t${definitions.length}`;
    definitions.push(""); // its own name is taken while its parts are named
    definitions[Number(name.slice(1))] = define(name);
    return name;
  };
  switch (typ.type) {
    case "List":
      return `list<${of(typ.inner)}>`;
    case "Option":
      return `option<${of(typ.inner)}>`;
    case "Tuple":
      return `tuple<${typ.items.map(of).join(", ")}>`;
    case "Result":
      if (!typ.ok && !typ.err) return "result";
      return `result<${typ.ok ? of(typ.ok) : "_"}${typ.err ? `, ${of(typ.err)}` : ""}>`;
    case "Record": {
      const fields = typ.fields.map(({ name, typ }) => `%${name}: ${of(typ)}`);
      return named((name) => `record ${name} { ${fields.join(", ")} }`);
    }
    case "Variant": {
      const cases = typ.cases.map(({ name, typ }) => `%${name}${typ ? `(${of(typ)})` : ""}`);
      return named((name) => `variant ${name} { ${cases.join(", ")} }`);
    }
    case "Enum":
      return named((name) => `enum ${name} { ${typ.cases.map((item) => `%${item}`).join(", ")} }`);
    case "Flags":
      return named((name) => `flags ${name} { ${typ.names.map((item) => `%${item}`).join(", ")} }`);
    case "Chr":
      return "char";
    case "Str":
      return "string";
    case "Handle":
      throw new Error("a resource is no value");
    default:
      return typ.type.toLowerCase();
  }
}
