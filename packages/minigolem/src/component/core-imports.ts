import type { Reader } from "./reader.js";

/** What a core module imports. */
export interface CoreImport {
  /** Of the module it is taken from, and its own. */
  names: [module: string, name: string];
  /** 0: a function. */
  kind: number;
}

/** Reads a core module's import section. */
export function readCoreImports(section: Reader): CoreImport[] {
  return section.list((r) => {
    const names: CoreImport["names"] = [r.text(), r.text()];
    const kind = r.byte();
    if (kind === 0) r.unsigned();
    else if (kind === 1) {
      r.byte();
      skipLimits(r);
    } else if (kind === 2) skipLimits(r);
    else r.take(2);
    return { names, kind };
  });
}

function skipLimits(r: Reader): void {
  const flags = r.byte();
  r.unsigned();
  if (flags & 1) r.unsigned();
}
