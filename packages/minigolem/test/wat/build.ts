import { readFile } from "node:fs/promises";
import { componentEmbed, componentNew, parse, preview1AdapterReactorPath } from "@bytecodealliance/jco";

const text = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

/** A component of a core module in text and its WIT, with the adapter by which programs for WASI preview 1 become one. */
export async function buildThing(): Promise<Uint8Array<ArrayBuffer>> {
  const core = await parse(await text("thing.wat"));
  const embedded = await componentEmbed({ binary: core, witSource: await text("thing.wit"), world: "test:wat/thing" });
  const adapter = await readFile(preview1AdapterReactorPath());
  return new Uint8Array(await componentNew(embedded, [["wasi_snapshot_preview1", new Uint8Array(adapter)]]));
}

/** Of a core module that asks for sockets and writes a log. */
export async function buildNet(): Promise<Uint8Array<ArrayBuffer>> {
  const binary = await parse(await text("net.wat"));
  return new Uint8Array(
    await componentNew(await componentEmbed({ binary, witSource: await text("net.wit"), world: "test:wat/net" })),
  );
}

/** Of a core module that counts, sleeps, waits, loops and fails. */
export async function buildSteps(): Promise<Uint8Array<ArrayBuffer>> {
  const binary = await parse(await text("steps.wat"));
  const witSource = await text("steps.wit");
  return new Uint8Array(await componentNew(await componentEmbed({ binary, witSource, world: "test:wat/steps-world" })));
}

/** Of a core module that takes more and more of everything. */
export async function buildHostile(): Promise<Uint8Array<ArrayBuffer>> {
  const binary = await parse(await text("hostile.wat"));
  const witSource = await text("hostile.wit");
  return new Uint8Array(
    await componentNew(await componentEmbed({ binary, witSource, world: "test:wat/hostile-world" })),
  );
}

/** Two in one: the second reads a clock, which is the first. */
export const buildComposed = async () => new Uint8Array(await parse(await text("composed.wat")));

/** One that does nothing, and imports what the WIT says. */
export async function buildDummy(wit: string): Promise<Uint8Array<ArrayBuffer>> {
  const embedded = await componentEmbed({ dummy: true, witSource: wit });
  return new Uint8Array(await componentNew(embedded));
}

/** A component in text, with words replaced. */
export async function buildWat(file: string, words: Record<string, string> = {}): Promise<Uint8Array<ArrayBuffer>> {
  let wat = await text(file);
  for (const [word, by] of Object.entries(words)) wat = wat.replaceAll(word, by);
  return new Uint8Array(await parse(wat));
}

/** A few bytes that stand for 2 ** depth numbers: each tuple is made of the one before, twice. */
export async function buildDoubledType(depth: number): Promise<Uint8Array<ArrayBuffer>> {
  const tuples = Array.from({ length: depth }, (_, i) => `(type $t${i + 1} (tuple $t${i} $t${i}))`);
  return new Uint8Array(
    await parse(`(component
      (core module $m (memory (export "memory") 1) (func (export "alloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "run") (param i32)))
      (core instance $i (instantiate $m))
      (type $t0 (tuple u8))
      ${tuples.join("\n")}
      (func (export "run") (param "all" $t${depth})
        (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "alloc")))))`),
  );
}

/** A few bytes that stand for 2 ** depth instances: each component is made of the one before, twice. */
export async function buildDoubledParts(depth: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts = Array.from(
    { length: depth },
    (_, i) => `(component $c${i + 1} (alias outer 1 $c${i} (component $c))
      (instance (instantiate $c)) (instance (instantiate $c)))`,
  );
  return new Uint8Array(
    await parse(`(component (component $c0) ${parts.join("\n")} (instance (instantiate $c${depth})))`),
  );
}
