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

/** Two in one: the second reads a clock, which is the first. */
export const buildComposed = async () => new Uint8Array(await parse(await text("composed.wat")));

/** One that does nothing, and imports what the WIT says. */
export async function buildDummy(wit: string): Promise<Uint8Array<ArrayBuffer>> {
  const embedded = await componentEmbed({ dummy: true, witSource: wit });
  return new Uint8Array(await componentNew(embedded));
}
