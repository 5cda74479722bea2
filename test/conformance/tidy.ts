/** Golem's tools, and golem-component, move exported interfaces into a package of their own; the recorded component had none. */
const exportsPackage = /probe:scenarios-exports\//g;

/** Where a component was built. */
const buildFolder = /\/tmp\/[0-9a-f]+\//g;

/** Names that differ from run to run, and what stands for them in a record. */
export class Names {
  readonly #names: [string, string][];

  constructor(common: Iterable<[string, string]> = []) {
    this.#names = [...common];
  }

  add(name: string, as: string): void {
    this.#names.push([name, as]);
  }

  /** A UUID, written with hyphens or without. */
  id(id: string, as: string): void {
    this.add(id, as);
    this.add(id.replaceAll("-", ""), `${as}hex`);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#names[Symbol.iterator]();
  }

  /** The same with all names replaced, in keys too, and long texts cut to 600 characters. */
  tidy<T>(value: T): T {
    return this.#tidy(value) as T;
  }

  #tidy(value: unknown): unknown {
    if (typeof value === "string") {
      let text = value.replace(buildFolder, "").replace(exportsPackage, "probe:scenarios/");
      for (const [name, as] of this.#names) text = text.replaceAll(name, as);
      return text.length > 600 ? `${text.slice(0, 600)}… (${text.length})` : text;
    }
    if (Array.isArray(value)) return value.map((each) => this.#tidy(each));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [this.#tidy(key), this.#tidy(each)]));
  }
}
