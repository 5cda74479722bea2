import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { unsigned } from "./snapshot/leb128.js";

/** The custom section that holds the source map of the bundle. golem-client reads it. */
const section = "golem-component:source-map";

/**
 * Appends the bundle's source map to a component, so that whoever has the .wasm can name places in the TypeScript source. Engines skip
 * custom sections. The sources' text is left out.
 * @param file the bundle; its map lies beside it
 * @param dir the component's folder, from which the map then names its sources
 */
export async function withSourceMap(component: Uint8Array, file: string, dir: string): Promise<Uint8Array> {
  const { version, names, mappings, sources } = JSON.parse(await readFile(`${file}.map`, "utf8"));
  const named = (sources as string[]).map((source) =>
    relative(dir, resolve(dirname(file), source)).replaceAll("\\", "/"),
  );
  const map = { version, file: relative(dir, file).replaceAll("\\", "/"), names, mappings, sources: named };
  const name = Buffer.from(section);
  const body = Buffer.concat([Uint8Array.from(unsigned(name.length)), name, Buffer.from(JSON.stringify(map))]);
  return Buffer.concat([component, Uint8Array.from([0, ...unsigned(body.length)]), body]);
}
