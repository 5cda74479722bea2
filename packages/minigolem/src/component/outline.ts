import type { Files } from "./cache.js";
import type { Reader } from "./reader.js";
import { section, sectionsOf, unsigned } from "./sections.js";

/** A component without what its functions do: they trap, and its memories begin empty. */
export interface Outline {
  bytes: Uint8Array;
  /** Core modules of the component, as they are in the outline and as they were. Modules of nested components are not among them. */
  modules: { outlined: Buffer; whole: Uint8Array<ArrayBuffer> }[];
}

const header = 8;

/** Ids of sections: of a component, and of a core module. */
const coreModule = 1;
const [custom, code, data, dataCount] = [0, 10, 11, 12];

/** A function's body: its size, no locals, `unreachable`, `end`. */
const trap = Uint8Array.of(3, 0, 0x00, 0x0b);

/**
 * Nearly all of a component is code and data. Who only asks how its parts fit together has the answer in a fraction of the time.
 * @throws Error when it is none
 */
export function outline(component: Uint8Array): Outline {
  const modules: Outline["modules"] = [];
  const bytes = [component.subarray(0, header)];
  for (const { id, whole, content } of sectionsOf(component)) {
    if (id !== coreModule) {
      bytes.push(whole);
      continue;
    }
    const module = new Uint8Array(content.take(content.end - content.at));
    const outlined = outlinedModule(module, modules.length);
    modules.push({ outlined, whole: module });
    bytes.push(section(coreModule, outlined));
  }
  return { bytes: Buffer.concat(bytes), modules };
}

/** @param index tells modules apart whose outlines are the same otherwise */
function outlinedModule(module: Uint8Array, index: number): Buffer {
  const bytes = [module.subarray(0, header)];
  for (const { id, whole, content } of sectionsOf(module)) {
    if (id === custom || id === data || id === dataCount) continue;
    bytes.push(id === code ? section(code, trapsFor(content)) : whole);
  }
  return Buffer.concat([...bytes, section(custom, Uint8Array.from([0, ...unsigned(index)]))]);
}

function trapsFor(content: Reader): Uint8Array {
  const count = content.unsigned();
  if (count > content.end - content.at) throw new Error("a core module ends within its code");
  return Buffer.concat([Uint8Array.from(unsigned(count)), Buffer.alloc(count * trap.length, trap)]);
}

/**
 * Puts modules back in the place of their outlines.
 * @returns undefined when one of them is not there as it was outlined
 */
export function filledIn(files: Files, modules: Outline["modules"]): Files | undefined {
  const names = modules.map(({ outlined }) =>
    Object.keys(files).find((name) => outlined.equals(files[name] as Uint8Array)),
  );
  if (names.includes(undefined)) return undefined;
  return { ...files, ...Object.fromEntries(modules.map(({ whole }, i) => [names[i], whole])) };
}
