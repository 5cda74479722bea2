import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, print } from "@bytecodealliance/jco";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../dist/component/analyse.js";
import { checkCoreName, checkLabel, checkName } from "../dist/component/names.js";
import { functionBodies } from "../dist/component/places.js";
import { scriptBody } from "../dist/component/script.js";
import { transpile } from "../dist/component/transpile.js";
import { type Minigolem, startMinigolem } from "../dist/index.js";
import { buildComposed, buildDoubledParts, buildDoubledType, buildWat } from "./wat/build.js";

let folder: string;
let golem: Minigolem;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "minigolem-upload-"));
  golem = await startMinigolem({ dataDir: join(folder, "data"), cacheDir: join(folder, "cache") });
});
afterAll(async () => {
  await golem.close();
  rmSync(folder, { recursive: true });
});

async function upload(name: string, wasm: Uint8Array<ArrayBuffer>) {
  const form = new FormData();
  form.append("name", name);
  form.append("component", new Blob([wasm]), "component");
  const response = await fetch(`${golem.url}/v1/components`, { method: "POST", body: form });
  return { status: response.status, text: await response.text() };
}

describe("names that would become code", () => {
  test.each(["code-in-export.wat", "code-in-import.wat", "code-in-memory.wat"])("%s is refused", async (file) => {
    const marker = join(folder, "marker");
    const { status, text } = await upload(file, await buildWat(file, { MARKER: marker }));
    expect(text).toContain("a core module uses the name");
    expect(status).toBe(400);
    expect(existsSync(marker)).toBe(false);
  });

  test.each(["run", "fetch-order", "HTTP-error", "a-1", "v2"])("%s is a label", (name) => checkLabel(name));
  test.each([
    "demo:app-exports/api",
    "wasi:io/poll@0.2.10",
    "a:b:c/d/e@1.0.0-rc.1+build.5",
    "[constructor]cart",
    "[method]cart.add-item",
    "[static]cart.merge",
  ])("%s is a name", (name) => checkName(name));
  test.each([
    "cabi_realloc",
    "wasi:cli/run@0.2.0#run",
    "[export]test:wat/api",
    "[resource-drop]counter",
    "cm32p2|a:b/c|f",
    "$imports",
    "_ZN4core3fmt5Write9write_fmt17h01E",
    "",
  ])("%j is a core module's name", (name) => checkCoreName(name));
  test.each(["x']", 'x"', "x`", "a\\", "a\nb", "a\u2028b", `$\{x}`, "a*/b", "f(x)", "ä", "a".repeat(1001)])(
    "%j is none",
    (name) => {
      expect(() => checkCoreName(name)).toThrow(/uses the name/);
      expect(() => checkLabel(name)).toThrow(/is no name/);
      expect(() => checkName(name)).toThrow(/is no name/);
    },
  );
  test.each(["__proto__", "constructor:", "a--b", "-a", "1a", "aB", ""])("%j is no label and no name", (name) => {
    expect(() => checkLabel(name)).toThrow(/is no name/);
    expect(() => checkName(name)).toThrow(/is no name/);
  });
  test("a long one is looked at in a time that does not grow with each part", () => {
    expect(() => checkName(`${"a-1".repeat(300)}!`)).toThrow(/is no name/); // with backtracking it would outlast the test's limit
  });
});

test.each([
  ["gives no result", '(func (export "run") (result i32))', /type mismatch: expected i32/],
  ["calls what is not there", '(func (export "run") (result i32) (call 7))', /unknown function/],
])("code that %s is refused in jco's words, although jco is first given an outline", async (name, code, message) => {
  const wasm = await parse(`(component (core module $m ${code}) (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))`);
  const { status, text } = await upload(name, new Uint8Array(wasm));
  expect([status, text]).toEqual([400, expect.stringMatching(message)]);
});

describe("the generated script", () => {
  const head =
    '"use components";\nexport function instantiate(getCoreModule, imports, instantiateCore = (module, importObject) => new WebAssembly.Instance(module, importObject)) {\n';
  const tail = "\n};\n\nexport const _util = {\n  \n}\n";
  test("is one function, and its body is kept", () => {
    expect(scriptBody(`${head}return {};${tail}`)).toBe('"use strict";\nreturn {};');
  });
  test.each([
    ["} globalThis.escaped = true; {", /Unexpected token/],
    ["}; export function other() {", /Unexpected token/],
    ["import 'node:fs';", /Cannot use import statement/],
    ["const eval = 1;", /eval/],
  ])("is refused with %j in it", (code, message) => {
    expect(() => scriptBody(`${head}${code}${tail}`)).toThrow(message);
    expect(globalThis).not.toHaveProperty("escaped");
  });
  test.each([`globalThis.escaped = true;\n${head}${tail}`, `${head}${tail}globalThis.escaped = true;`])(
    "is refused with code beside the function",
    (script) => expect(() => scriptBody(script)).toThrow(/not the one function/),
  );
});

describe("generated code that was changed in the cache", () => {
  let id: string;
  const call = (worker: string) =>
    fetch(`${golem.url}/v1/components/${id}/workers/${worker}/invoke-and-await?function=test:wat/composed.{read}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"params":[]}',
    });
  beforeAll(async () => {
    const { text } = await upload("composed", await buildComposed());
    id = JSON.parse(text).versionedComponentId.componentId;
    expect((await call("first")).status).toBe(200); // from now on nobody reads the cache
  });

  /** Starts an engine that finds other code for the component. */
  async function change(script: string): Promise<void> {
    const dir = join(folder, "cache", readdirSync(join(folder, "cache"))[0] as string);
    writeFileSync(join(dir, "component.js"), script);
    const sums = JSON.parse(readFileSync(join(dir, "sums.json"), "utf8"));
    sums["component.js"] = createHash("sha256").update(script).digest("hex");
    writeFileSync(join(dir, "sums.json"), JSON.stringify(sums));
    await golem.close();
    golem = await startMinigolem({
      dataDir: join(folder, "data"),
      cacheDir: join(folder, "cache"),
      defaultPolicy: { maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1, maxJitterFactor: 0 },
    });
  }

  test("runs without Node's globals, without import and without eval", async () => {
    const tried = [
      "typeof process",
      "typeof require",
      "typeof fetch",
      "typeof Buffer",
      "typeof eval",
      "typeof Function",
      "typeof (() => {}).constructor",
      "typeof (async () => {}).constructor",
      "typeof (function* () {}).constructor",
      "typeof imports.constructor.constructor",
    ];
    await change(`"use strict"; import("node:fs").catch(() => {}); throw new Error([${tried.join(", ")}].join());`);
    expect(await (await call("second")).text()).toContain(`Error: ${tried.map(() => "undefined").join()}`);
  });

  test("ends a thread by an error that nobody waits for, which is told of whether a worker has the thread or none", async () => {
    const theirs = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection"); // the test runner's would call it a failure
    const told: string[] = [];
    process.on("unhandledRejection", (error) => told.push(String(error)));
    try {
      // It holds the worker's thread until another is being made ready, which begins 10 ms after the first is taken.
      const hold = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)";
      await change(`"use strict"; import("node:fs"); ${hold}; throw new Error("first");`);
      expect(await (await call("third")).text()).toContain("first");
      // The worker's thread, and the one that was made ready ahead of need.
      await expect.poll(() => told.length, { timeout: 10_000 }).toBe(2);
      expect(told.join()).toMatch(/^(.*dynamic import callback.*){2}$/);
    } finally {
      process.removeAllListeners("unhandledRejection");
      for (const one of theirs) process.on("unhandledRejection", one);
    }
  });
});

describe("a few bytes that stand for much", () => {
  test.each([
    ["a type", () => buildDoubledType(30), /a type has \d+ parts/],
    ["an instance", () => buildDoubledParts(30), /have too many bytes/],
  ])("%s is refused at once", async (name, build, message) => {
    const wasm = await build();
    const { status, text } = await upload(name, wasm); // unfolded it would outlast the test's limit
    expect(status).toBe(400);
    expect(text).toMatch(message);
  });
});

test("the largest instances that are just not too much are analysed soon", async () => {
  let [wasm, time] = [new Uint8Array(), 0];
  try {
    for (let depth = 1; depth < 30; depth++) {
      const next = await buildDoubledParts(depth);
      const begin = performance.now();
      analyse(next);
      [wasm, time] = [next, performance.now() - begin];
    }
  } catch (error) {
    expect(String(error)).toMatch(/have too many bytes/);
  }
  console.log(`${wasm.length} bytes of definitions are analysed in ${time.toFixed()} ms`); // 1,078 bytes took 14,500
  expect(wasm.length).toBeGreaterThan(500);
  expect(time).toBeLessThan(5000);
});

describe("memory that a component begins with", () => {
  const begins = (pages: number, more = "") =>
    parse(`(component
      (core module $m (table 1 funcref) (memory ${pages} ${more}) (func (export "run") (result i32) (i32.const 1)))
      (core instance $i (instantiate $m))
      (core instance $j (instantiate $m))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))`);
  const page = 65_536;

  test("is bounded, for all instances together", async () => {
    const wasm = new Uint8Array(await begins(1));
    const { core, dir } = await transpile("bounded", () => wasm, { cacheDir: folder, memory: 20 * page });
    const [module] = [...core.values()] as [Uint8Array<ArrayBuffer>];
    expect(WebAssembly.validate(module)).toBe(true);
    expect((await parts(module)).filter((line) => /memory|table/.test(line))).toEqual([
      "(table (;0;) 1 1000000 funcref)",
      "(memory (;0;) 1 10)",
    ]);
    const places = JSON.parse(readFileSync(join(dir, "places.json"), "utf8"));
    for (const { start, end } of functionBodies(module).values()) {
      const at = places["component.core.wasm"];
      expect(wasm.slice(at + start, at + end)).toEqual(module.slice(start, end));
    }
  });
  test("keeps a maximum of its own", async () => {
    const wasm = new Uint8Array(await begins(1, "3"));
    const { core } = await transpile("own", () => wasm, { cacheDir: folder, memory: 20 * page });
    expect(await parts([...core.values()][0] as Uint8Array)).toContain("(memory (;0;) 1 3)");
  });
  test("is refused when it is too much", async () => {
    const { status, text } = await upload("large", new Uint8Array(await begins(5000)));
    expect(status).toBe(400);
    expect(text).toMatch(
      /begins with a memory of 313 MiB, and a worker may have 256 MiB: raise the limit \(--max-memory\)/,
    );
  });

  const parts = async (module: Uint8Array) => (await print(module)).split("\n").map((line) => line.trim());
});
