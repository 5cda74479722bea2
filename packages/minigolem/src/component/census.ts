import { readCoreImports } from "./core-imports.js";
import { checkCoreName } from "./names.js";
import type { Reader } from "./reader.js";

export interface CoreMemory {
  /** In bytes. */
  initial: number;
  maximum: number | null;
}

export type Producers = [field: string, values: [name: string, version: string][]][];

/** What is found anywhere in the file, nested components included. */
export interface Census {
  memories: CoreMemory[];
  producers: Producers[];
}

/**
 * Goes through the whole file. A component's own come first, then its modules', then its nested components'.
 * @throws Error when a core module uses a name that could become code
 */
export function takeCensus(input: Reader): Census {
  const own: Producers[] = [];
  const modules: Census = { memories: [], producers: [] };
  const nested: Census[] = [];
  while (!input.done) {
    const id = input.byte();
    const section = input.section(input.unsigned());
    if (id === 0) own.push(...readProducers(section));
    else if (id === 1) {
      section.take(8);
      addModule(section, modules);
    } else if (id === 2) section.list(() => readCoreInstance(section));
    else if (id === 4) {
      section.take(8);
      nested.push(takeCensus(section));
    }
  }
  return {
    memories: [modules, ...nested].flatMap((part) => part.memories),
    producers: [...own, ...[modules, ...nested].flatMap((part) => part.producers)],
  };
}

/** Either of a module, with what it is given, or a bundle of things that are there. */
function readCoreInstance(input: Reader): void {
  const bundle = input.byte() === 1;
  if (!bundle) input.unsigned();
  input.list(() => {
    checkCoreName(input.text());
    input.byte();
    input.unsigned();
  });
}

function readProducers(section: Reader): Producers[] {
  if (section.text() !== "producers") return [];
  return [section.list(() => [section.text(), section.list(() => [section.text(), section.text()])])];
}

function addModule(input: Reader, census: Census): void {
  const page = 65536;
  while (!input.done) {
    const id = input.byte();
    const section = input.section(input.unsigned());
    if (id === 0) census.producers.push(...readProducers(section));
    else if (id === 2) for (const { names } of readCoreImports(section)) names.forEach(checkCoreName);
    else if (id === 5)
      section.list(() => {
        const bounded = (section.byte() & 1) === 1;
        const initial = section.unsigned() * page;
        census.memories.push({ initial, maximum: bounded ? section.unsigned() * page : null });
      });
    else if (id === 7)
      section.list(() => {
        checkCoreName(section.text());
        section.byte();
        section.unsigned();
      });
  }
}
