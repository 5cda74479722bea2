import { readType } from "./binary-types.js";
import { type Budget, budget } from "./budget.js";
import { type Census, takeCensus } from "./census.js";
import { Reader } from "./reader.js";
import {
  define,
  type Externs,
  emptyScope,
  get,
  lookUp,
  type NestedComponent,
  readAlias,
  readDescription,
  readName,
  type Scope,
  unsupported,
} from "./scope.js";

/**
 * The types in a component's binary, as far as its imports and exports need them. Encoding:
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
 */

export type WasmKind = "component" | "module";

const magic = [0x00, 0x61, 0x73, 0x6d];

/** @throws when it is no WebAssembly, in Golem 1.2's words */
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

/** Bytes of definitions that are read. A nested component counts as often as it is instantiated. */
const mostDefinitions = 4 << 20;

/** Imports and exports of a component, in the order of the file. */
export function readComponent(bytes: Uint8Array): { imports: Externs; exports: Externs; census: Census } {
  const census = takeCensus(new Reader(bytes, 8));
  const work = budget(
    mostDefinitions,
    "the definitions of the component, counted again at each place that uses them, have too many bytes",
  );
  return { ...evaluate({ body: new Reader(bytes, 8), scope: emptyScope() }, work), census };
}

function evaluate(
  { body, scope: parent }: NestedComponent,
  work: Budget,
  given?: Externs,
): { imports: Externs; exports: Externs } {
  const scope = emptyScope(parent);
  const imports: Externs = new Map();
  const exports: Externs = new Map();
  const input = body.fork();
  while (!input.done) {
    const id = input.byte();
    const section = input.section(input.unsigned());
    work.spend(id > 4 ? 16 + section.end - section.at : 16);
    switch (id) {
      case 4: {
        section.take(8);
        scope.components.push({ body: section, scope });
        break;
      }
      case 5:
        section.list(() => scope.instances.push(readInstance(section, scope, work)));
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

function readInstance(input: Reader, scope: Scope, work: Budget): Externs {
  if (input.byte() === 0) {
    const component = get(scope.components, input.unsigned(), "component");
    const given = new Map(input.list(() => [input.text(), lookUp(input, scope)] as const));
    return evaluate(component, work, given).exports;
  }
  return new Map(input.list(() => [readName(input), lookUp(input, scope)] as const));
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
