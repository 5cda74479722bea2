import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const dist = new URL("../dist/componentize.js", import.meta.url).href;

test("the splicer has its memory in one piece, and WebAssembly is as it was", () => {
  // In a process of its own: a splicer is instantiated once in a process.
  const script = `
    const original = WebAssembly.instantiate;
    const memories = [];
    const watching = async (...args) => {
      const instance = await original(...args);
      if (Object.keys(instance.exports).some((name) => name.endsWith("#splice-bindings"))) memories.push(instance.exports.memory);
      return instance;
    };
    WebAssembly.instantiate = watching;
    const { loadComponentize } = await import(${JSON.stringify(dist)});
    const componentize = await loadComponentize();
    console.log(JSON.stringify({
      sizes: memories.map(({ buffer }) => buffer.byteLength >> 20),
      componentize: typeof componentize,
      restored: WebAssembly.instantiate === watching,
    }));`;
  const found = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }));
  expect(found).toEqual({ sizes: [expect.any(Number)], componentize: "function", restored: true });
  expect(found.sizes[0]).toBeGreaterThan(640);
});
