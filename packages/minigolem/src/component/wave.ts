import type { WitType } from "./types.js";
import { InvalidValue } from "./values.js";

type Of<K extends WitType["type"]> = Extract<WitType, { type: K }>;

/**
 * Reads a value that is written in WAVE, the text form of component values (`"a"`, `{x: 1}`, `some(5)`), as JSON of Golem's REST API.
 * Ranges are checked where the value is used. Source of the grammar: https://github.com/bytecodealliance/wasm-tools/tree/main/crates/wasm-wave.
 * @throws InvalidValue that says where
 */
export function fromWave(typ: WitType, text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(typ);
  reader.end();
  return value;
}

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
const unescaped = (quoted: string) =>
  quoted.replace(/\\(?:u\{([0-9a-f]+)\}|(.))/gisu, (all, code: string | undefined, character: string) => {
    if (code === undefined) return escapes[character] ?? character;
    const point = Number.parseInt(code, 16);
    if (point > 0x10ffff) throw new InvalidValue([`${all} is no character`]);
    return String.fromCodePoint(point);
  });

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    if (this.#take(/$/y) === undefined) this.#fail("the end");
  }

  value(typ: WitType): unknown {
    switch (typ.type) {
      case "Bool":
        return this.#word(["true", "false"]) === "true";
      case "Str":
        return unescaped(this.#need(/"((?:\\.|[^"\\])*)"/suy, 'a text in "'));
      case "Chr":
        return unescaped(this.#need(/'(\\u\{[0-9a-f]+\}|\\.|[^'\\])'/isuy, "a character in '")).codePointAt(0);
      case "List":
        return this.#items("[", "]", () => this.value(typ.inner));
      case "Tuple":
        return this.#tuple(typ);
      case "Record":
        return this.#record(typ);
      case "Flags":
        return this.#items("{", "}", () => this.#word(typ.names));
      case "Enum":
        return this.#word(typ.cases);
      case "Variant":
        return this.#variant(typ);
      case "Option":
        return this.#option(typ.inner);
      case "Result":
        return this.#result(typ);
      case "Handle":
        throw new InvalidValue(["a resource cannot be an argument of an indexed resource's constructor"]);
      default:
        return this.#number();
    }
  }

  #number(): number | bigint {
    const text = this.#need(/(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/iy, "a number");
    return /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text);
  }

  #tuple({ items }: Of<"Tuple">): unknown[] {
    let next = 0;
    const read = this.#items("(", ")", () => {
      const typ = items[next++];
      return typ ? this.value(typ) : this.#fail('")"');
    });
    return read.length === items.length ? read : this.#fail(`${items.length} values`);
  }

  #record({ fields }: Of<"Record">): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    if (this.#take(/\{\s*:\s*\}/y) !== undefined) return record; // every field is an option that is left out
    this.#items("{", "}", () => {
      const name = this.#word(fields.map(({ name }) => name));
      if (!this.#symbol(":")) this.#fail('":"');
      record[name] = this.value(fields.find((field) => field.name === name)?.typ as WitType);
    });
    return record;
  }

  #variant({ cases }: Of<"Variant">): Record<string, unknown> {
    const name = this.#word(cases.map(({ name }) => name));
    const typ = cases.find((item) => item.name === name)?.typ;
    return { [name]: typ ? this.#payload(typ) : null };
  }

  #option(inner: WitType): unknown {
    if (this.#keyword("none")) return null;
    return this.#keyword("some") ? this.#payload(inner) : this.value(inner);
  }

  #result(typ: Of<"Result">): Record<string, unknown> {
    const tag = (["ok", "err"] as const).find((word) => this.#keyword(word));
    if (tag === undefined) return { ok: typ.ok ? this.value(typ.ok) : this.#fail('"ok" or "err"') };
    const payload = typ[tag];
    return { [tag]: payload ? this.#payload(payload) : null };
  }

  #payload(typ: WitType): unknown {
    if (!this.#symbol("(")) this.#fail('"("');
    const value = this.value(typ);
    return this.#symbol(")") ? value : this.#fail('")"');
  }

  #items<T>(open: string, close: string, item: () => T): T[] {
    const items: T[] = [];
    if (!this.#symbol(open)) this.#fail(`"${open}"`);
    while (!this.#symbol(close)) {
      items.push(item());
      if (this.#symbol(",")) continue;
      return this.#symbol(close) ? items : this.#fail(`"," or "${close}"`);
    }
    return items;
  }

  /** One of these names. A `%` in front says that it is no keyword. */
  #word(names: string[]): string {
    const before = this.#at;
    const found = this.#take(/%?([a-z][a-z0-9-]*)/iy);
    if (found !== undefined && names.includes(found)) return found;
    this.#at = before;
    return this.#fail(names.map((name) => `"${name}"`).join(" or "));
  }

  #keyword(word: string): boolean {
    return this.#take(new RegExp(`(${word})(?![a-z0-9-])`, "iy")) !== undefined;
  }

  #symbol(symbol: string): boolean {
    return this.#take(new RegExp(`(\\${symbol})`, "y")) !== undefined;
  }

  #need(pattern: RegExp, what: string): string {
    return this.#take(pattern) ?? this.#fail(what);
  }

  /** @returns what the pattern's group matched, or all of it */
  #take(pattern: RegExp): string | undefined {
    const space = /\s*/y;
    space.lastIndex = this.#at;
    space.exec(this.#text);
    pattern.lastIndex = space.lastIndex;
    const found = pattern.exec(this.#text);
    if (!found) return undefined;
    this.#at = pattern.lastIndex;
    return found[1] ?? found[0];
  }

  #fail(expected: string): never {
    const rest = this.#text.slice(this.#at).trim();
    const found = rest === "" ? "its end" : rest.slice(0, 20);
    throw new InvalidValue([`at character ${this.#at + 1} of ${this.#text}: expected ${expected}, found ${found}`]);
  }
}
