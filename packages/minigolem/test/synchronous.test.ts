import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@bytecodealliance/jco";
import { beforeAll, describe, expect, test } from "vitest";
import { jco } from "../dist/component/jco.js";
import { compileBody, scriptBody } from "../dist/component/script.js";
import { synchronous } from "../dist/component/synchronous.js";

const scriptOf = (files: Record<string, Uint8Array>) => new TextDecoder().decode(files["component.js"]);

/** How many of its host functions get a task of their own for each call, and how many are called by way of one. */
const tasks = (script: string) => ({
  made: script.match(/taskCreation: \{/g)?.length ?? 0,
  lowered: new Set(script.match(/importFn: _trampoline\d+/g)).size,
});

describe("a component made from JavaScript", () => {
  const folder = fileURLToPath(new URL("component/dist", import.meta.url));
  let script: string;
  beforeAll(async () => {
    const [file] = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    script = scriptOf(await jco(readFileSync(join(folder, file as string))));
  });

  test("calls each host function without a task", () => {
    const { made, lowered } = tasks(script);
    expect(made).toBeGreaterThan(80); // fewer: this version of jco writes another script, and nothing is taken out of it
    expect(lowered).toBe(made);
    expect(tasks(synchronous(script))).toEqual({ made: 0, lowered: 0 });
  });
  test("keeps its script when something in it is asynchronous", () => {
    const other = script.replace("isAsync: false", "isAsync: true");
    expect(synchronous(other)).toBe(other);
  });
});

describe("host functions", () => {
  const host = `(component
    (import "test:host/api" (instance $api
      (export "plus" (func (param "a" u32) (param "b" s8) (result u64)))
      (export "half" (func (param "of" u32) (result (result u32 (error u32)))))))
    (core module $memory (memory (export "memory") 1))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "memory" (core memory $mem))
    (core func $plus (canon lower (func $api "plus")))
    (core func $half (canon lower (func $api "half") (memory $mem)))
    (core module $main
      (import "api" "plus" (func $plus (param i32 i32) (result i64)))
      (import "api" "half" (func $half (param i32 i32)))
      (import "api" "memory" (memory 1))
      (func (export "plus") (param i32 i32) (result i64) (call $plus (local.get 0) (local.get 1)))
      (func (export "half") (param i32) (result i32)
        (call $half (local.get 0) (i32.const 0))
        (i32.add (i32.mul (i32.load8_u (i32.const 0)) (i32.const 1000)) (i32.load (i32.const 4)))))
    (core instance $main (instantiate $main (with "api" (instance
      (export "plus" (func $plus)) (export "half" (func $half)) (export "memory" (memory $mem))))))
    (func (export "plus") (param "a" u32) (param "b" s8) (result u64) (canon lift (core func $main "plus")))
    (func (export "half") (param "of" u32) (result u32) (canon lift (core func $main "half"))))`;
  let script: string;
  let modules: Map<string, WebAssembly.Module>;
  beforeAll(async () => {
    const files = await jco(await parse(host));
    script = scriptOf(files);
    modules = new Map(
      Object.entries(files)
        .filter(([name]) => name.endsWith(".wasm"))
        .map(([name, bytes]) => [name, new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)]),
    );
  });

  type Exports = { plus(a: number, b: number): bigint; half(of: number): number };
  function instance(code: string): Exports {
    const api = {
      plus: (a: number, b: number) => BigInt(a) + BigInt(b),
      half(of: number) {
        if (of === 13) throw unlucky;
        return of % 2 === 0 ? { tag: "ok", val: of / 2 } : { tag: "err", val: of };
      },
    };
    const make = compileBody(scriptBody(code), "component.js");
    const module = (name: string) => modules.get(name) as WebAssembly.Module;
    return make(module, { "test:host/api": api }, (it, imports) => new WebAssembly.Instance(it, imports)) as never;
  }
  const unlucky = new Error("unlucky");

  test.each([
    ["as jco wrote them", (code: string) => code, 2],
    ["without tasks", synchronous, 0],
    ["of which one has an unknown shape", (code: string) => synchronous(code.replace("const started", "let begun")), 1],
  ])("%s give and throw the same", (_, change, made) => {
    const code = change(script);
    expect(tasks(code)).toEqual({ made, lowered: made });
    const { plus, half } = instance(code);
    expect(plus(4_000_000_000, -5)).toBe(3_999_999_995n);
    expect([half(8), half(7)]).toEqual([4, 1007]);
    expect(() => half(13)).toThrow(unlucky);
  });
});
