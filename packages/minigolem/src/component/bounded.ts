import { inMiB } from "../limits.js";
import type { Reader } from "./reader.js";
import { section, sectionsOf, unsigned } from "./sections.js";

const page = 65_536;
/** Elements of a table, 8 bytes each. The largest of componentize-js has some ten thousand. */
const largestTable = 1_000_000;
/** Memories and tables of one instance, all core modules together. */
const mostParts = 100;

/** A number of parts, by the kind of section that defines them. */
interface Parts {
  tables: number;
  memories: number;
}

const sections = { tables: 4, memories: 5 };

/**
 * Gives each memory and table of a component's core modules a maximum, so that `memory.grow` and `table.grow` fail beyond it.
 * @param body of the generated function, which says how often each module is instantiated
 * @param memory bytes for all memories of an instance together
 * @throws Error when the component needs more to begin with
 */
export function bounded(body: string, modules: Record<string, Uint8Array>, memory: number): Record<string, Uint8Array> {
  const parts = Object.entries(modules).map(([file, bytes]) => {
    const { tables, memories } = partsOf(bytes);
    const times = instancesOf(body, file);
    return { tables: tables * times, memories: memories * times };
  });
  const memories = parts.reduce((sum, part) => sum + part.memories, 0);
  const all = parts.reduce((sum, part) => sum + part.tables, memories);
  if (all > mostParts)
    throw new Error(`it makes ${all} memories and tables: minigolem takes ${mostParts}. Split the component`);
  const pages = Math.floor(memory / page / Math.max(1, memories));
  return Object.fromEntries(Object.entries(modules).map(([file, bytes]) => [file, boundedModule(bytes, pages)]));
}

/** How often the script instantiates a core module: it does so in straight lines, once for each instance. */
function instancesOf(body: string, file: string): number {
  const name = new RegExp(`const (module\\d+) = getCoreModule\\('${file.replaceAll(".", "\\.")}'\\)`).exec(body)?.[1];
  if (name === undefined) return 0;
  return [...body.matchAll(new RegExp(`instantiateCore\\(${name}\\b`, "g"))].length;
}

function partsOf(module: Uint8Array): Parts {
  const parts = { tables: 0, memories: 0 };
  for (const { id, content } of sectionsOf(module)) {
    if (id === sections.tables) parts.tables += content.unsigned();
    else if (id === sections.memories) parts.memories += content.unsigned();
  }
  return parts;
}

function boundedModule(module: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = [module.subarray(0, 8)];
  for (const { id, whole, content } of sectionsOf(module)) {
    if (id !== sections.tables && id !== sections.memories) {
      out.push(whole);
      continue;
    }
    const items = content.list((item) => (id === sections.tables ? table(item) : memory(item, pages)));
    out.push(section(id, Uint8Array.from([...unsigned(items.length), ...items.flat()])));
  }
  return new Uint8Array(Buffer.concat(out));
}

function memory(item: Reader, pages: number): number[] {
  const flags = item.byte();
  if (flags > 7) throw new Error("it has a memory with pages of another size than 64 KiB");
  const { least, most } = limitsOf(item, flags);
  if (least > pages)
    throw new Error(
      `it begins with a memory of ${inMiB(least * page)}, and a worker may have ${inMiB(pages * page)}: raise the limit (--max-memory)`,
    );
  return [flags | 1, ...unsigned(least), ...unsigned(Math.min(most, pages))];
}

function table(item: Reader): number[] {
  const kind = item.byte();
  if (kind !== 0x70 && kind !== 0x6f) throw new Error("it has a table of something else than functions and references");
  const flags = item.byte();
  const { least, most } = limitsOf(item, flags);
  return [kind, flags | 1, ...unsigned(least), ...unsigned(Math.max(least, Math.min(most, largestTable)))];
}

function limitsOf(item: Reader, flags: number): { least: number; most: number } {
  const least = item.unsigned();
  return { least, most: (flags & 1) === 1 ? item.unsigned() : Number.POSITIVE_INFINITY };
}
