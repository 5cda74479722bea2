import { readFileSync } from "node:fs";
import { parse } from "@bytecodealliance/jco";
import { describe, expect, test } from "vitest";
import { jco } from "../dist/component/jco.js";
import { filledIn, outline } from "../dist/component/outline.js";
import { buildComposed, buildThing } from "./wat/build.js";

/** Two core modules that differ in nothing but what their function does, and data. */
const twins = parse(`(component
  (core module $one (memory 1) (data (i32.const 0) "one") (func (export "run") (result i32) (i32.const 1)))
  (core module $two (memory 1) (data (i32.const 0) "two") (func (export "run") (result i32) (i32.const 2)))
  (core instance $i (instantiate $one))
  (core instance $j (instantiate $two))
  (func (export "one") (result u32) (canon lift (core func $i "run")))
  (func (export "two") (result u32) (canon lift (core func $j "run"))))`);

describe("a component's outline, filled in,", () => {
  test.each([
    ["made from JavaScript", () => readFileSync(new URL("component/dist/component.wasm", import.meta.url)), 50],
    ["with resources", buildThing, 1],
    ["composed of others", buildComposed, 1],
    ["with twins", () => twins, 1],
  ])("gives the script and the core modules of the component: %s", async (_, build, times) => {
    const whole = new Uint8Array(await build());
    const { bytes, modules } = outline(whole);
    expect(bytes.length * times).toBeLessThanOrEqual(whole.length + 64 * modules.length);
    const files = await jco(whole);
    expect(Object.keys(files)).toContain("component.js");
    const filled = filledIn(await jco(bytes), modules);
    expect(Object.keys(filled ?? {}).sort()).toEqual(Object.keys(files).sort());
    for (const [name, content] of Object.entries(files))
      expect(Buffer.from(content).equals(filled?.[name] ?? Buffer.of())).toBe(true);
  });

  test("is no component when jco has changed a module, or left it out", async () => {
    const { bytes, modules } = outline(new Uint8Array(await twins));
    const { "component.core.wasm": first, ...files } = await jco(bytes);
    expect(filledIn(files, modules)).toBeUndefined();
    const changed = Uint8Array.from([...(first ?? []), 0, 1, 0]);
    expect(filledIn({ ...files, "component.core.wasm": changed }, modules)).toBeUndefined();
  });
});

test("a number of functions that no module can have takes no memory", () => {
  const code = [10, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0];
  const module = [0, 97, 115, 109, 1, 0, 0, 0, ...code];
  const component = Uint8Array.from([0, 97, 115, 109, 13, 0, 1, 0, 1, module.length, ...module]);
  expect(() => outline(component)).toThrow(/ends within its code/);
});
