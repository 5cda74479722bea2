import { expect, test } from "vitest";
import { coreModule, readExports, sectionId, sections } from "../src/snapshot/core-module.js";
import { callOf } from "../src/snapshot/run.js";
import { instrumented, stateOf, withState } from "../src/snapshot/state.js";

const text = (name: string) => [name.length, ...Buffer.from(name)];
const section = (id: number, ...body: number[]) => ({ id, body: Uint8Array.from(body) });

/** Of the engine's shape: a memory, a stack pointer, active data. `run` changes all three; `read` gives the byte at an address. */
function engine(data = [1, 0, 0x41, 0, 0x0b, 2, 7, 0]): Uint8Array {
  return coreModule([
    section(1, 2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f),
    section(3, 2, 0, 1),
    section(sectionId.memory, 1, 0, 1),
    section(sectionId.global, 1, 0x7f, 1, 0x41, 0x80, 0x08, 0x0b),
    section(sectionId.export, 3, ...text("memory"), 2, 0, ...text("run"), 0, 0, ...text("read"), 0, 1),
    section(sectionId.dataCount, data[0] as number),
    section(
      10,
      2,
      // memory.grow 1; drop; memory[70000] = 42; memory[0] = 0; the stack pointer = 100
      ...[28, 0, 0x41, 1, 0x40, 0, 0x1a, 0x41, ...[0xf0, 0xa2, 0x04], 0x41, 42, 0x3a, 0, 0],
      ...[0x41, 0, 0x41, 0, 0x3a, 0, 0, 0x41, ...[0xe4, 0x00], 0x24, 0, 0x0b],
      ...[7, 0, 0x20, 0, 0x2d, 0, 0, 0x0b],
    ),
    section(sectionId.data, ...data),
  ]);
}

type Exports = { run: () => void; read: (at: number) => number };
const instance = (module: Uint8Array<ArrayBuffer>) => new WebAssembly.Instance(new WebAssembly.Module(module));

function ran(): WebAssembly.Instance {
  const one = instance(instrumented(engine()));
  (one.exports as Exports).run();
  return one;
}

test("a module starts with the memory and the stack pointer that it ended with", () => {
  const found = stateOf(ran());
  expect(found.stackPointer).toBe(100);

  const module = withState(engine(), found, ["run"]);
  const again = instance(module);
  const { read } = again.exports as Exports;
  expect([read(0), read(70_000), read(131_071)]).toEqual([0, 42, 0]);
  expect(Object.keys(again.exports)).toEqual(["memory", "read"]);
  expect(stateOf(instance(instrumented(module))).stackPointer).toBe(100);
});

test("a memory of many pieces has no more segments than engines take, and is the same", () => {
  const memory = new Uint8Array(65_536 * 20);
  for (let at = 0; at < memory.length; at += 40 + (at % 7)) memory[at] = (at % 255) + 1;
  const module = withState(engine(), { memory, stackPointer: 0 }, []);

  expect(Buffer.compare(stateOf(instance(instrumented(module))).memory, memory)).toBe(0);
  const data = sections(module).find(({ id }) => id === sectionId.data)?.body as Uint8Array;
  expect((data[0] as number) - 128 + (data[1] as number) * 128).toBeLessThanOrEqual(10_000);
});

test("an engine of another shape is refused", () => {
  const passive = engine([1, 1, 2, 7, 0]);
  expect(() => instrumented(passive)).toThrow("its state cannot be kept");
});

test("exports keep their order, and wizer's command line is understood", () => {
  const body = sections(engine()).find(({ id }) => id === sectionId.export)?.body as Uint8Array;
  expect(readExports(body).map(({ name }) => name)).toEqual(["memory", "run", "read"]);
  const args = [
    "--init-func",
    "componentize.wizer",
    "--dir=/tmp/x",
    "--mapdir=/::/app",
    "-o=/tmp/out.wasm",
    "/tmp/in.wasm",
  ];
  expect(callOf(args, {})).toEqual({
    input: "/tmp/in.wasm",
    output: "/tmp/out.wasm",
    folders: { "/tmp/x": "/tmp/x", "/": "/app" },
    initialize: "componentize.wizer",
    env: {},
  });
});
